import type { Chapter } from "../play.js";
import {
  authLogin,
  authRegister,
  bearer,
  call,
  get,
  logout,
  me,
  PASSWORD,
  refresh,
  signUp,
  usersLogin,
  usersRegister,
  verify,
} from "../requests.js";

export const usersSigningIn: Chapter = {
  name: "users-login",
  async play({ ask, askAll, prepare }) {
    await prepare(usersRegister("ana@example.com"));
    await prepare(authRegister("bo"));
    const login = await ask("the right password", usersLogin("ana@example.com"));
    await ask("its token is good", me(login.token()));
    await ask("on the other surface, too", verify(login.token()));
    await ask("another session", usersLogin("ana@example.com"));
    await askAll({
      "the address in another letter case": usersLogin("ANA@Example.com"),
      "an account of the auth surface by its address": usersLogin("bo@example.com"),
      "by its username": usersLogin("bo"),
      "the address with blanks around it": usersLogin(" ana@example.com "),
      "a wrong password": usersLogin("ana@example.com", "wrong"),
      "an empty password": usersLogin("ana@example.com", ""),
      "the password in another letter case": usersLogin("ana@example.com", PASSWORD.toUpperCase()),
      "the password with a blank behind it": usersLogin("ana@example.com", `${PASSWORD} `),
      "a password of 2000 characters": usersLogin("ana@example.com", "x".repeat(2000)),
      "an unknown address": usersLogin("nobody@example.com"),
      "no address": usersLogin("nobody"),
      "an empty address": usersLogin("", ""),
      "with a token that is ignored": usersLogin("ana@example.com", PASSWORD, bearer("garbage")),
      "with another scheme": usersLogin("ana@example.com", PASSWORD, ["Authorization", "Basic YTpi"]),
    });
  },
};

export const authSigningIn: Chapter = {
  name: "auth-login",
  async play({ ask, askAll, prepare }) {
    await prepare(authRegister("ana"));
    await prepare(usersRegister("bo@example.com"));
    const login = await ask("the right password", authLogin("ana"));
    await ask("its token is good", verify(login.token()));
    await ask("on the other surface, too", me(login.token()));
    await askAll({
      "by the address": authLogin("ana@example.com"),
      "in another letter case": authLogin("ANA"),
      "the address in another letter case": authLogin("Ana@EXAMPLE.com"),
      "the name with blanks around it": authLogin(" ana "),
      "an account of the users surface": authLogin("bo@example.com"),
      "a wrong password": authLogin("ana", "wrong"),
      "an empty password": authLogin("ana", ""),
      "a password of 2000 characters": authLogin("ana", "x".repeat(2000)),
      "an unknown name": authLogin("nobody"),
      "an unknown address": authLogin("nobody@example.com"),
      "an empty name": authLogin(""),
      "nothing at all": authLogin("", ""),
      "with a token that is ignored": authLogin("ana", PASSWORD, bearer("garbage")),
    });
  },
};

/** What a token is good for, from its issue to its end. */
export const tokens: Chapter = {
  name: "tokens",
  async play(stage) {
    const { ask, askAll, prepare, sql, server } = stage;
    const token = await signUp(stage, "ana@example.com");
    const other = (await prepare(usersLogin("ana@example.com"))).token();
    const byName = (await prepare(authRegister("bo"))).token();
    await askAll({
      "me on the users surface": me(token),
      "me by its alias": get("/api/me", bearer(token)),
      "verify on the auth surface": verify(token),
      "me of an account without names": me(byName),
      "verify of an account with a name": verify(byName),
      logout: logout(token),
      "logout again": logout(token),
      "me after logout": me(token),
      "the alias after logout": get("/api/me", bearer(token)),
      "verify after logout": verify(token),
      "refresh after logout": refresh(token),
      "another session goes on": me(other),
      "logout with a token of the auth surface": logout(byName),
    });
    server.clock.advance({ minutes: 180, seconds: -1 });
    await ask("the last second of three hours", me(other));
    server.clock.advance({ seconds: 1 });
    await askAll({
      "me when the token has expired": me(other),
      "the alias then": get("/api/me", bearer(other)),
      "verify then": verify(other),
      "logout then": logout(other),
      "refresh after that": refresh(other),
    });
    const late = (await prepare(authLogin("bo"))).token();
    server.clock.advance({ minutes: 1439 });
    await ask("a token of the auth surface lives a day", verify(late));
    server.clock.advance({ minutes: 1 });
    await ask("and no longer", verify(late));
    const gone = (await prepare(usersLogin("ana@example.com"))).token();
    await sql("DELETE FROM users WHERE email = ?", "ana@example.com");
    await askAll({
      "me of an account that is gone": me(gone),
      "verify of an account that is gone": verify(gone),
      "logout of an account that is gone": logout(gone),
      "refresh of an account that is gone": refresh(gone),
      "login to an account that is gone": usersLogin("ana@example.com"),
    });
  },
};

/** Endpoints that take no body ignore one. */
export const unreadBodies: Chapter = {
  name: "unread-bodies",
  async play(stage) {
    const bodies = {
      "a form of length 0": ["application/x-www-form-urlencoded", ""],
      "half an object": ["application/json", "{oops"],
      "a form without its boundary": ["multipart/form-data", "no boundary"],
      "a byte order mark": ["text/plain", "\ufeff"],
      "a body that others refuse": ["application/json", "x".repeat(70_000)],
    } as const;
    let made = 0;
    for (const [label, [type, body]] of Object.entries(bodies)) {
      for (const request of [
        me,
        verify,
        logout,
        refresh,
        (token: string) => get("/api/me", bearer(token)),
        () => call("/api/users/logout"),
      ]) {
        const token = await signUp(stage, `user${++made}@example.com`);
        const { headers = [], ...plain } = request(token);
        await stage.ask(label, { ...plain, headers: [...headers, ["Content-Type", type]], body });
      }
    }
  },
};
