import type { Chapter, Stage } from "../play.js";
import {
  authRegister,
  bearer,
  call,
  keyed,
  logout,
  me,
  PASSWORD,
  refresh,
  reset,
  signUp,
  usersLogin,
  verify,
} from "../requests.js";

const KEY = "0123456789abcdef";
const OTHER_KEY = "fedcba9876543210";

export const refreshing: Chapter = {
  name: "users-refresh",
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    const token = await signUp(stage, "ana@example.com");
    server.clock.advance({ seconds: 5 });
    const successor = (await ask("a live token", refresh(token))).token();
    await askAll({
      "me with the successor": me(successor),
      "me with the old token": me(token),
      "verify with the old token": verify(token),
      "logout with the old token": logout(token),
      "the old token again": refresh(token),
    });
    server.clock.advance({ seconds: 11 });
    await ask("the old token eleven seconds later", refresh(token));
    await ask("the successor is still good", me(successor));
    const third = (await ask("the successor", refresh(successor))).token();
    await ask("logout with the newest", logout(third));
    await ask("refresh after logout", refresh(third));
    await ask("and with the first token", refresh(token));

    const named = (await prepare(authRegister("bo"))).token();
    await ask("a token of the auth surface", refresh(named));

    const patient = (await prepare(usersLogin("ana@example.com"))).token();
    server.clock.advance({ days: 7, seconds: -1 });
    await ask("me with an expired token", me(patient));
    await ask("an expired token within seven days", refresh(patient));
    const late = (await prepare(usersLogin("ana@example.com"))).token();
    server.clock.advance({ days: 7 });
    await ask("after seven days", refresh(late));

    const changed = (await prepare(usersLogin("ana@example.com"))).token();
    await prepare(reset("ana@example.com"));
    await ask("after a new password", refresh(changed));

    let lasting = (await prepare(usersLogin("ana@example.com"))).token();
    for (let day = 5; day < 30; day += 5) {
      server.clock.advance({ days: 5 });
      lasting = (await ask(`day ${day} of one session`, refresh(lasting))).token();
    }
    server.clock.advance({ days: 5, minutes: -10 });
    lasting = (await ask("ten minutes before its thirty days are over", refresh(lasting))).token();
    server.clock.advance({ minutes: 10 });
    await ask("me after thirty days", me(lasting));
    await ask("refresh after thirty days", refresh(lasting));
    await ask("no token", call("/api/users/refresh_token"));
    await ask("no token of ours", refresh("garbage"));
    await ask(
      "an access token by another scheme",
      call("/api/users/refresh_token", ["Authorization", "x y"]),
    );
  },
};

/** A new account whose session has been refreshed. */
async function exchanged(stage: Stage, email: string, key?: string) {
  const token = await signUp(stage, email);
  const first = await stage.ask("a first exchange", refresh(token, ...(key ? [keyed(key)] : [])));
  return { token, successor: first.token() };
}

export const refreshingWithKeys: Chapter = {
  name: "users-refresh-keys",
  async play(stage) {
    const { ask, askAll, server } = stage;
    const one = await exchanged(stage, "ana@example.com", KEY);
    await ask("the same key at once", refresh(one.token, keyed(KEY)));
    await ask("another key", refresh(one.token, keyed(OTHER_KEY)));
    await ask("no key", refresh(one.token));
    server.clock.advance({ seconds: 10 });
    await ask("no key after ten seconds", refresh(one.token));
    server.clock.advance({ seconds: 50 });
    await ask("the same key after sixty seconds", refresh(one.token, keyed(KEY)));
    await ask("the successor", me(one.successor));
    server.clock.advance({ seconds: 1 });
    await ask("the same key a second later", refresh(one.token, keyed(KEY)));
    await ask("the successor lives", me(one.successor));

    const two = await exchanged(stage, "bo@example.com", KEY);
    server.clock.advance({ seconds: 11 });
    await ask("no key after eleven seconds: a theft", refresh(two.token));
    await ask("which ends the session", me(two.successor));
    await ask("also for the key", refresh(two.token, keyed(KEY)));
    await ask("and for the successor", refresh(two.successor));

    const three = await exchanged(stage, "carl@example.com");
    await ask("a key that comes late", refresh(three.token, keyed(KEY)));
    server.clock.advance({ minutes: 30 });
    await ask("half an hour later", refresh(three.token));
    await ask("ends no session that never had a key", me(three.successor));

    const four = await exchanged(stage, "dora@example.com", KEY);
    await ask("logout with the successor", logout(four.successor));
    await ask("the key after logout", refresh(four.token, keyed(KEY)));

    const token = await signUp(stage, "eve@example.com");
    await askAll({
      "a key of 15 characters": refresh(token, keyed("x".repeat(15))),
      "a key of 129 characters": refresh(token, keyed("x".repeat(129))),
      "a key that is not ASCII": refresh(token, keyed(`${"x".repeat(15)}é`)),
      "a key with a tab": refresh(token, keyed(`${"x".repeat(15)}\ty`)),
      "an empty key": refresh(token, keyed("")),
      "a bad key without a token": call("/api/users/refresh_token", keyed("short")),
      "a bad key with a bad token": refresh("garbage", keyed("short")),
      "two keys": refresh(token, keyed(KEY), keyed(OTHER_KEY)),
      "a key that login does not know": { ...usersLogin("eve@example.com"), headers: [keyed("short")] },
    });
    await ask(
      "a key of 128 characters",
      refresh(await signUp(stage, "fred@example.com"), keyed("~".repeat(128))),
    );
  },
};

export const strictReuse: Chapter = {
  name: "users-refresh-strict",
  environment: { REFRESH_REUSE: "end-session" },
  async play(stage) {
    const { ask, server } = stage;
    const { token, successor } = await exchanged(stage, "ana@example.com");
    server.clock.advance({ seconds: 10 });
    await ask("again after ten seconds", refresh(token));
    await ask("the successor lives", me(successor));
    server.clock.advance({ seconds: 1 });
    await ask("again after eleven", refresh(token));
    await ask("the successor is dead", me(successor));
    await ask("for refresh, too", refresh(successor));
  },
};

export const lifetimes: Chapter = {
  name: "lifetimes",
  environment: {
    ACCESS_TOKEN_MINUTES: "90.25",
    AUTH_TOKEN_MINUTES: "0.5",
    REFRESH_WINDOW_MINUTES: "200",
    SESSION_MAX_DAYS: "1",
    SESSION_IDLE_MINUTES: "300",
    SESSIONS_PER_USER: "2",
  },
  async play(stage) {
    const { ask, prepare, server } = stage;
    const named = (await ask("half a minute from the auth surface", authRegister("bo"))).token();
    server.clock.advance({ seconds: 30 });
    await ask("and it is over", verify(named));
    await ask("but can be exchanged", refresh(named));
    const first = await signUp(stage, "ana@example.com");
    server.clock.advance({ ms: 1 });
    await ask("an hour and a half from the users surface", usersLogin("ana@example.com"));
    server.clock.advance({ seconds: 1 });
    const third = (await prepare(usersLogin("ana@example.com"))).token();
    await ask("the first of three sessions where two are allowed", me(first));
    await ask("is not exchanged either", refresh(first));
    await ask("the third", me(third));
    server.clock.advance({ minutes: 200 });
    await ask("after the window", refresh(third));
    const idle = (await prepare(usersLogin("ana@example.com"))).token();
    server.clock.advance({ minutes: 199 });
    const kept = (await ask("within the window", refresh(idle))).token();
    server.clock.advance({ days: 1 });
    await ask("a day later", refresh(kept));
  },
};

/** Setting a new password, and what becomes of the tokens. */
export const resetting: Chapter = {
  name: "users-reset",
  async play(stage) {
    const { ask, askAll, prepare } = stage;
    const own = await signUp(stage, "ana@example.com");
    const other = (await prepare(usersLogin("ana@example.com"))).token();
    const stranger = await signUp(stage, "bo@example.com");
    const withToken = (token: string) => ({
      ...reset("ana@example.com"),
      headers: [bearer(token)],
    });
    await askAll({
      "an unknown address": reset("nobody@example.com"),
      "a wrong password": reset("ana@example.com", "wrong"),
      "an empty old password": reset("ana@example.com", ""),
      "no address": reset("ana"),
      "a new password that is empty": reset("ana@example.com", PASSWORD, ""),
      "a new password that is too long": reset("ana@example.com", PASSWORD, "x".repeat(1025)),
      "the same password, with a token of the account": withToken(own),
    });
    await ask("that token's session goes on", me(own));
    await ask("the others are over", me(other));
    await ask("refresh of another", refresh(other));
    await ask("with another user's token", withToken(stranger));
    await ask("whose session goes on", me(stranger));
    await ask("but not that of the account", me(own));
    await askAll({
      "another password": reset("ANA@example.com", PASSWORD, "x"),
      "login with the old one": usersLogin("ana@example.com"),
      "login with the new one": usersLogin("ana@example.com", "x"),
      "by the alias": { ...reset("ana@example.com", "x"), target: "/api/users/reset-password" },
      "a wrong password by the alias": {
        ...reset("ana@example.com", "x"),
        target: "/api/users/reset-password",
      },
      "an unknown address by the alias": {
        ...reset("nobody@example.com"),
        target: "/api/users/reset-password",
      },
      "with a broken token": withToken("garbage"),
      "with an empty header": { ...reset("ana@example.com"), headers: [["Authorization", ""]] },
      "an account of the auth surface": authRegister("carl"),
      "by its address": reset("carl@example.com", PASSWORD, "another password"),
      "by its username": reset("carl", "another password", PASSWORD),
    });
  },
};
