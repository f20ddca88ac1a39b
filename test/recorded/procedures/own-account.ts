import type { Chapter } from "../play.js";
import {
  bearer,
  newestSecret,
  PASSWORD,
  preferring,
  signUp,
  usersLogin,
  usersRegister,
} from "../requests.js";
import type { Header } from "../wire.js";
import type { Door } from "./doors.js";

const FIREFOX: Header = [
  "User-Agent",
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
];
const ID = "00000000-0000-4000-8000-000000000000";

export const account = ({ door, call }: Door): Chapter => ({
  name: `${door}-account`,
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    await prepare(usersRegister("bo@example.com"));
    const own = bearer(await signUp(stage, "ana@example.com"));
    await askAll({
      "the account": call("account.get", undefined, own),
      "without a token": call("account.get"),
      "with a broken token": call("account.get", undefined, bearer("garbage")),
      "without a token, in Chinese": call("account.get", undefined, preferring("zh-CN")),
      "a change": call("account.update", { language: "zh-CN", firstName: "三", lastName: null }, own),
      "no change": call("account.update", {}, own),
      "another username": call("account.update", { username: " Ana A " }, own),
      "a taken username": call("account.update", { username: "BO@example.com" }, own),
      "a foreign address": call("account.update", { username: "x@example.com" }, own),
      "the same in Chinese": call("account.update", { username: "x@example.com" }, own, preferring("zh")),
      "fields that do not fit": call("account.update", { username: "", firstName: 7, language: "fr" }, own),
      "the same fields in Chinese": call(
        "account.update",
        { username: "<", firstName: 7, language: "fr" },
        own,
        preferring("zh"),
      ),
      "unknown fields": call("account.update", { role: "admin", email: "x@example.com" }, own),
      "a change without a token": call("account.update", { firstName: "x" }),
      "a wrong old password": call(
        "account.changePassword",
        { oldPassword: "wrong", newPassword: "new words" },
        own,
      ),
      "a short new password": call(
        "account.changePassword",
        { oldPassword: PASSWORD, newPassword: "short" },
        own,
      ),
      "no passwords": call("account.changePassword", {}, own),
      "the password again": call("account.confirm", { password: PASSWORD }, own),
      "a wrong password": call("account.confirm", { password: "wrong" }, own),
      "a wrong password in Chinese": call("account.confirm", { password: "wrong" }, own, preferring("zh")),
      "no password": call("account.confirm", {}, own),
      "all data": call("account.exportData", undefined, own),
    });
    server.clock.advance({ minutes: 11 });
    await ask("data without a recent password", call("account.exportData", undefined, own));
    await ask("deletion without one", call("account.delete", undefined, own));
    await prepare(call("account.confirm", { password: PASSWORD }, own));
    const other = bearer((await prepare(usersLogin("ana@example.com"))).token());
    await ask(
      "a new password",
      call("account.changePassword", { oldPassword: PASSWORD, newPassword: "new words" }, own),
    );
    await ask("the other session is over", call("account.get", undefined, other));
    await ask("the own goes on", call("account.get", undefined, own));
    await ask("deletion", call("account.delete", undefined, own));
    await ask("the account is gone", call("account.get", undefined, own));
    await ask("and cannot sign in", usersLogin("ana@example.com", "new words"));
    server.clock.advance({ days: 1 });
    await ask("an expired token", call("account.get", undefined, other));
  },
});

export const sessions = ({ door, call }: Door): Chapter => ({
  name: `${door}-sessions`,
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    await prepare(usersRegister("ana@example.com"));
    const signIn = async (...headers: readonly Header[]) => {
      server.clock.advance({ seconds: 1 });
      return bearer((await prepare(usersLogin("ana@example.com", PASSWORD, ...headers))).token());
    };
    const first = await signIn(FIREFOX);
    const second = await signIn(["User-Agent", "curl/8.5.0"]);
    const third = await signIn();
    const stranger = bearer(await signUp(stage, "bo@example.com"));
    const listed = await ask("where one is signed in", call("sessions.list", undefined, first));
    const { sessions } = door === "v1" ? listed.json : listed.json.result.data;
    const ended = sessions.find(({ browser }: { browser: string | null }) => browser === null)?.id;
    await askAll({
      "without a token": call("sessions.list"),
      "another user's session": call("sessions.end", { id: ended }, stranger),
      "an unknown session": call("sessions.end", { id: ID }, first),
      "in Chinese": call("sessions.end", { id: ID }, first, preferring("zh")),
      "what is no id": call("sessions.end", { id: "x" }, first),
      "one session": call("sessions.end", { id: ended }, first),
      "the same again": call("sessions.end", { id: ended }, first),
      "its token": call("sessions.list", undefined, third),
      "the others": call("sessions.endOthers", undefined, first),
      "none is left": call("sessions.endOthers", undefined, first),
      "their token": call("sessions.list", undefined, second),
      all: call("sessions.endAll", undefined, first),
      "also the own": call("sessions.list", undefined, first),
      "without a session": call("sessions.endAll"),
    });
  },
});

export const links = ({ door, call }: Door): Chapter => ({
  name: `${door}-links`,
  environment: { MAILS_PER_ADDRESS: "4" },
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    const own = bearer(await signUp(stage, "ana@example.com"));
    await prepare(usersRegister("bo@example.com"));
    // Mails of the same millisecond have no order.
    const wait = () => server.clock.advance({ seconds: 1 });
    await askAll({
      "a link to confirm the address": call("verification.request", undefined, own),
      "without a token": call("verification.request"),
      "a wrong secret": call("verification.complete", { secret: "wrong" }),
      "in Chinese": call("verification.complete", { secret: "wrong" }, preferring("zh")),
      "no secret": call("verification.complete", {}),
    });
    const confirming = await newestSecret(stage, "ana@example.com");
    await askAll({
      "the mailed secret elsewhere": call("verification.complete", { secret: confirming }),
      "elsewhere in Chinese": call("verification.complete", { secret: confirming }, preferring("zh")),
      "the mailed secret": call("verification.complete", { secret: confirming }, own),
      "the same again": call("verification.complete", { secret: confirming }, own),
    });
    await ask("the address is confirmed", call("account.get", undefined, own));
    await ask("no link is needed now", call("verification.request", undefined, own));

    wait();
    await askAll({
      "a link to a new password": call("recovery.request", { email: "Ana@example.com" }),
      "for an unknown address": call("recovery.request", { email: "nobody@example.com" }),
      "for what is no address": call("recovery.request", { email: "nobody" }),
      "a wrong secret for it": call("recovery.complete", { secret: "wrong", newPassword: "new words" }),
      "a short password": call("recovery.complete", { secret: "wrong", newPassword: "short" }),
      nothing: call("recovery.complete", {}),
    });
    const recovering = await newestSecret(stage, "ana@example.com");
    const input = { secret: recovering, newPassword: "new words" };
    await ask("the mailed secret", call("recovery.complete", input));
    await ask("the same again", call("recovery.complete", input));
    await ask("sessions are over", call("account.get", undefined, own));
    for (let times = 0; times < 4; times++) {
      await ask("links for one address", call("recovery.request", { email: "ana@example.com" }));
    }
    await ask("in Chinese", call("recovery.request", { email: "ana@example.com" }, preferring("zh")));

    server.clock.advance({ minutes: 61 });
    const again = bearer((await prepare(usersLogin("ana@example.com", "new words"))).token());
    await askAll({
      "a link to another address": call("email.change", { newEmail: "new@example.com" }, again),
      "a taken address": call("email.change", { newEmail: "bo@example.com" }, again),
      "no address": call("email.change", { newEmail: "new" }, again),
      "an address without a token": call("email.change", { newEmail: "new@example.com" }),
      "a wrong secret for that": call("email.complete", { secret: "wrong" }),
    });
    const moving = await newestSecret(stage, "new@example.com");
    await askAll({
      "the mailed secret elsewhere": call("email.complete", { secret: moving }),
      "elsewhere in Chinese": call("email.complete", { secret: moving }, preferring("zh")),
      "the mailed secret": call("email.complete", { secret: moving }, again),
      "the same again": call("email.complete", { secret: moving }, again),
    });
    await ask("the new address", call("account.get", undefined, again));
    server.clock.advance({ minutes: 11 });
    await ask("without a recent password", call("email.change", { newEmail: "x@example.com" }, again));
  },
});

export const strength = ({ door, call }: Door): Chapter => ({
  name: `${door}-passwords`,
  async play({ ask }) {
    for (const password of [
      "",
      "short",
      "password123",
      "Correct horse 7 battery",
      "密码密码密码",
      "x".repeat(1025),
      7,
    ]) {
      await ask("in English", call("passwords.strength", { password }));
      await ask("in Chinese", call("passwords.strength", { password }, preferring("zh-CN")));
    }
    await ask("nothing", call("passwords.strength", {}));
  },
});
