import type { Chapter } from "../play.js";
import { bearer, keyed, PASSWORD, preferring, signUp, usersRegister } from "../requests.js";
import type { WireRequest } from "../wire.js";
import { trpc } from "./doors.js";

const { call } = trpc;
const NAMES = { first_name: "San", last_name: "Zhang", phone_number: "" };

/** The procedures of the two contracts, called over tRPC. */
export const trpcContracts: Chapter = {
  name: "trpc-contracts",
  environment: { GUESSES_PER_ACCOUNT_AND_NETWORK: "6" },
  async play({ ask, askAll, server }) {
    const credentials = { email: "ana@example.com", password: PASSWORD };
    await askAll({
      registration: call("users.register", { ...credentials, ...NAMES }),
      "a taken address": call("users.register", { ...credentials, ...NAMES }),
      "in Chinese": call("users.register", { ...credentials, ...NAMES }, preferring("zh")),
      "no fields": call("users.register", {}),
      "fields that do not fit": call("users.register", { email: "x", password: 1, first_name: "\n" }),
      "those in Chinese": call(
        "users.register",
        { email: "x", password: 1, first_name: "\n" },
        preferring("zh"),
      ),
      "a wrong password": call("users.login", { ...credentials, password: "wrong" }),
    });
    const login = (await ask("login", call("users.login", credentials))).token();
    const own = bearer(login);
    await askAll({
      me: call("users.me", undefined, own),
      "me without a token": call("users.me"),
      "me with a broken token": call("users.me", undefined, bearer("garbage")),
      verify: call("auth.verify", undefined, own),
      "verify without a token": call("auth.verify"),
      "refresh without a token": call("users.refreshToken", {}),
      "refresh with a short key": call("users.refreshToken", { idempotencyKey: "short" }, own),
      "a header that only REST knows": call(
        "users.refreshToken",
        { idempotencyKey: 7 },
        own,
        keyed("x".repeat(16)),
      ),
    });
    const key = { idempotencyKey: "0123456789abcdef" };
    const successor = bearer((await ask("refresh", call("users.refreshToken", key, own))).token());
    await ask("refresh again", call("users.refreshToken", key, own));
    await ask("me with the old token", call("users.me", undefined, own));
    server.clock.advance({ seconds: 11 });
    await ask("a theft", call("users.refreshToken", {}, own));
    await ask("me with the successor", call("users.me", undefined, successor));
    const named = { username: "bo", email: "bo@example.com", password: PASSWORD };
    const byName = bearer((await ask("registration by name", call("auth.register", named))).token());
    const change = { email: "bo@example.com", old_password: PASSWORD, new_password: "x" };
    await askAll({
      "a taken name": call("auth.register", named),
      "a taken address with another name": call("auth.register", { ...named, username: "carl" }),
      "a name that does not fit": call("auth.register", { ...named, username: "a@b" }),
      "login by name": call("auth.login", { username: "BO", password: PASSWORD }),
      "a wrong password for it": call("auth.login", { username: "BO", password: "wrong" }),
      "a new password": call("users.resetPassword", change),
      "the old one is wrong": call("users.resetPassword", change),
      "an unknown address": call("users.resetPassword", { ...change, email: "nobody@example.com" }),
      "no passwords": call("users.resetPassword", {}),
      "logout of a session that is over": call("users.logout", undefined, byName),
    });
    const last = bearer((await ask("login once more", call("users.login", credentials))).token());
    await ask("logout", call("users.logout", undefined, last));
    await ask("logout again", call("users.logout", undefined, last));
    for (let times = 0; times < 6; times++) {
      await ask("guesses", call("auth.login", { username: "ana@example.com", password: "wrong" }));
    }
    await ask(
      "too many, in Chinese",
      call("auth.login", { username: "ana@example.com", password: "x" }, preferring("zh")),
    );
  },
};

const plain = (method: string, target: string, body?: string, type = "application/json"): WireRequest => ({
  method,
  target,
  headers: body === undefined ? [] : [["Content-Type", type]],
  ...(body !== undefined && { body }),
});

/** What tRPC itself answers. */
export const trpcProtocol: Chapter = {
  name: "trpc-protocol",
  async play(stage) {
    const { ask, askAll, prepare } = stage;
    await prepare(usersRegister("bo@example.com"));
    const own = bearer(await signUp(stage, "ana@example.com"));
    const origin = ["Origin", "http://localhost:3000"] as const;
    const inputs = encodeURIComponent("{}");
    await askAll({
      "an unknown procedure": plain("GET", "/trpc/users.nothing"),
      "an unknown namespace": plain("POST", "/trpc/nothing", "{}"),
      "no procedure": plain("GET", "/trpc"),
      "a query by POST": plain("POST", "/trpc/users.me", "{}"),
      "a mutation by GET": plain("GET", `/trpc/users.login?input=${inputs}`),
      PUT: plain("PUT", "/trpc/users.login", "{}"),
      HEAD: plain("HEAD", "/trpc/users.me"),
      OPTIONS: plain("OPTIONS", "/trpc/users.me"),
      "a preflight": {
        ...plain("OPTIONS", "/trpc/users.me"),
        headers: [origin, ["Access-Control-Request-Method", "POST"]],
      },
      "malformed JSON": plain("POST", "/trpc/users.login", "{"),
      "another content type": plain("POST", "/trpc/users.login", "a=b", "application/x-www-form-urlencoded"),
      "no body": plain("POST", "/trpc/users.login"),
      "a body too large": plain("POST", "/trpc/users.login", `"${"x".repeat(70_000)}"`),
      "an array": plain("POST", "/trpc/users.login", "[]"),
      "malformed input": plain("GET", "/trpc/users.me?input=%7B"),
      "a batch of two": {
        ...plain("GET", "/trpc/users.me,auth.verify?batch=1"),
        headers: [own],
      },
      "a batch of which one fails": {
        ...plain("POST", "/trpc/users.logout,users.login?batch=1", '{"0":{},"1":{}}'),
        headers: [["Content-Type", "application/json"], own],
      },
      "a batch of too many": plain("GET", `/trpc/${Array(21).fill("users.me").join(",")}?batch=1`),
      "an empty batch": plain("GET", "/trpc/?batch=1"),
      "from an allowed origin": { ...plain("GET", "/trpc/users.me"), headers: [origin] },
      "a malformed address": plain("GET", "/trpc/%zz"),
      "in Chinese": { ...plain("GET", "/trpc/users.nothing"), headers: [preferring("zh")] },
    });
    await ask("an answer that is streamed", {
      ...plain("GET", "/trpc/users.me?batch=1"),
      headers: [["trpc-accept", "application/jsonl"]],
    });
  },
};
