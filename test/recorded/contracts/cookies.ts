import type { Chapter } from "../play.js";
import {
  authLogin,
  authRegister,
  bearer,
  call,
  get,
  keyed,
  PASSWORD,
  usersLogin,
  usersRegister,
} from "../requests.js";
import type { Header } from "../wire.js";

const APP = "https://app.example.com";
const ASKS: Header = ["Latchkey-Session", "cookie"];
const SAME: Header = ["Sec-Fetch-Site", "same-origin"];
const cookie = (token: string): Header => ["Cookie", `__Host-latchkey=${token}`];

const FOREIGN: Readonly<Record<string, readonly Header[]>> = {
  "another site": [["Sec-Fetch-Site", "cross-site"]],
  "another site that names ours": [
    ["Sec-Fetch-Site", "cross-site"],
    ["Origin", APP],
  ],
  "a typed address": [["Sec-Fetch-Site", "none"]],
  "a neighbour": [
    ["Sec-Fetch-Site", "same-site"],
    ["Origin", "https://evil.example.com"],
  ],
  "an old browser elsewhere": [["Origin", "https://evil.example"]],
};

const OWN: Readonly<Record<string, readonly Header[]>> = {
  "the same origin": [SAME],
  "a listed origin on the same site": [
    ["Sec-Fetch-Site", "same-site"],
    ["Origin", APP],
  ],
  "an old browser on a listed page": [["Origin", APP]],
  "an old browser on the server's own page": [["Origin", "https://latchkey.example"]],
};

const environment = { CORS_ORIGINS: APP };

export const cookies: Chapter = {
  name: "cookies",
  environment: { ...environment, COOKIE_SESSIONS: "on" },
  async play({ ask, askAll, prepare, server }) {
    await prepare(usersRegister("ana@example.com"));
    const signIn = async (label: string, ...headers: readonly Header[]) =>
      (await ask(label, usersLogin("ana@example.com", PASSWORD, ASKS, ...headers))).token();
    const quietly = async () => (await prepare(usersLogin("ana@example.com", PASSWORD, ASKS, SAME))).token();

    const token = await signIn("login that asks for a cookie", SAME);
    await askAll({
      "me by the cookie": get("/api/users/me", cookie(token), SAME),
      "the alias by the cookie": get("/api/me", cookie(token), SAME),
      "verify by the cookie": get("/api/auth/verify", cookie(token), SAME),
      "me by the token in it": get("/api/users/me", bearer(token)),
      "me by a cookie from nowhere": get("/api/users/me", cookie(token)),
      "Authorization wins": get("/api/users/me", ["Authorization", "Bearer x"], cookie(token), SAME),
      "a broken cookie": get("/api/users/me", cookie(`${token}x`), SAME),
      "an empty cookie": get("/api/users/me", cookie(""), SAME),
      "two cookies": get("/api/users/me", cookie(token), cookie("a.b.c"), SAME),
      "login without asking": usersLogin("ana@example.com", PASSWORD, SAME),
      "login with another word": usersLogin(
        "ana@example.com",
        PASSWORD,
        ["Latchkey-Session", "Cookie"],
        SAME,
      ),
      "registration on the auth surface": authRegister("bo", {}, ASKS, SAME),
      "login on the auth surface": authLogin("bo", PASSWORD, ASKS, SAME),
      "a wrong password": usersLogin("ana@example.com", "wrong", ASKS, SAME),
    });
    const successor = (
      await ask("refresh by the cookie", call("/api/users/refresh_token", cookie(token), SAME))
    ).token();
    await ask("the old cookie", get("/api/users/me", cookie(token), SAME));
    await ask("refresh by the old cookie", call("/api/users/refresh_token", cookie(token), SAME));
    await ask("the new cookie", get("/api/users/me", cookie(successor), SAME));
    const moved = await prepare(usersLogin("ana@example.com"));
    await ask(
      "a bearer token moves into a cookie",
      call("/api/users/refresh_token", bearer(moved.token()), ASKS, SAME),
    );

    await ask("logout by the cookie", call("/api/users/logout", cookie(successor), SAME));
    await ask("logout again", call("/api/users/logout", cookie(successor), SAME));
    await ask("refresh after logout", call("/api/users/refresh_token", cookie(successor), SAME));
    const expired = await quietly();
    server.clock.advance({ minutes: 181 });
    await ask("logout with an expired cookie", call("/api/users/logout", cookie(expired), SAME));
    const stolen = await quietly();
    await ask(
      "a cookie exchanged with a key",
      call("/api/users/refresh_token", cookie(stolen), SAME, keyed("0".repeat(16))),
    );
    await ask(
      "with the same key",
      call("/api/users/refresh_token", cookie(stolen), SAME, keyed("0".repeat(16))),
    );
    server.clock.advance({ seconds: 11 });
    await ask("a theft deletes the cookie", call("/api/users/refresh_token", cookie(stolen), SAME));
  },
};

/** Which pages may keep their session in a cookie. */
export const cookiePages: Chapter = {
  name: "cookies-pages",
  environment: { ...environment, COOKIE_SESSIONS: "on" },
  async play({ ask, askAll, prepare }) {
    await prepare(usersRegister("ana@example.com"));
    const live = (await prepare(usersLogin("ana@example.com", PASSWORD, ASKS, SAME))).token();
    for (const [label, page] of Object.entries(FOREIGN)) {
      await askAll({
        [`${label}: me`]: get("/api/users/me", cookie(live), ...page),
        [`${label}: logout`]: call("/api/users/logout", cookie(live), ...page),
        [`${label}: refresh`]: call("/api/users/refresh_token", cookie(live), ...page),
        [`${label}: login`]: usersLogin("ana@example.com", PASSWORD, ASKS, ...page),
        [`${label}: registration`]: authRegister("carl", {}, ASKS, ...page),
      });
    }
    for (const [label, page] of Object.entries(OWN)) {
      await ask(`${label}: me`, get("/api/users/me", cookie(live), ...page));
      await ask(`${label}: login`, usersLogin("ana@example.com", PASSWORD, ASKS, ...page));
    }
    await ask(
      "refresh that asks, from elsewhere",
      call("/api/users/refresh_token", bearer(live), ASKS, ["Sec-Fetch-Site", "cross-site"]),
    );
  },
};

export const cookiesOff: Chapter = {
  name: "cookies-off",
  environment,
  async play({ ask, askAll, prepare }) {
    await prepare(usersRegister("ana@example.com"));
    const login = await ask(
      "login that asks for a cookie",
      usersLogin("ana@example.com", PASSWORD, ASKS, SAME),
    );
    await askAll({
      "me by a cookie": get("/api/users/me", cookie(login.token()), ASKS, SAME),
      "logout by a cookie": call("/api/users/logout", cookie(login.token()), ASKS, SAME),
      "refresh by a cookie": call("/api/users/refresh_token", cookie(login.token()), ASKS, SAME),
      "registration that asks for a cookie": authRegister("bo", {}, ASKS, SAME),
      "refresh that asks for a cookie": call("/api/users/refresh_token", bearer(login.token()), ASKS, SAME),
    });
  },
};
