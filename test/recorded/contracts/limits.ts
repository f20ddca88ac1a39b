import type { Chapter } from "../play.js";
import {
  authLogin,
  authRegister,
  from,
  PASSWORD,
  preferring,
  reset,
  usersLogin,
  usersRegister,
} from "../requests.js";
import type { Header } from "../wire.js";

const DOORS = {
  "users login": (password: string, ...headers: readonly Header[]) =>
    usersLogin("ana@example.com", password, ...headers),
  "auth login": (password: string, ...headers: readonly Header[]) =>
    authLogin("ana@example.com", password, ...headers),
  reset: (password: string, ...headers: readonly Header[]) => ({
    ...reset("ana@example.com", password),
    headers,
  }),
  "reset by its alias": (password: string, ...headers: readonly Header[]) => ({
    ...reset("ana@example.com", password),
    target: "/api/users/reset-password",
    headers,
  }),
} as const;

export const guesses: Chapter = {
  name: "limits-guesses",
  environment: {
    TRUST_PROXY: "1",
    GUESSES_PER_ACCOUNT_AND_NETWORK: "3",
    GUESSES_PER_ACCOUNT: "5",
    GUESSES_PER_NETWORK: "8",
    GUESSES_PER_DEVICE: "2",
  },
  async play({ ask, prepare, server }) {
    await prepare(usersRegister("ana@example.com"));
    await prepare(usersRegister("bo@example.com"));
    for (const [door, request] of Object.entries(DOORS)) {
      for (let times = 1; times <= 4; times++)
        await ask(`${door}: guess ${times}`, request("wrong", from("192.0.2.1")));
      server.clock.advance({ ms: 500 });
      await ask(`${door}: the right one`, request(PASSWORD, from("192.0.2.1")));
      server.clock.advance({ minutes: 14 });
      await ask(`${door}: after 14 minutes`, request(PASSWORD, from("192.0.2.1")));
      await ask(`${door}: in Chinese`, request(PASSWORD, from("192.0.2.1"), preferring("zh-CN")));
      server.clock.advance({ minutes: 1 });
      await ask(`${door}: after 15 minutes`, request(PASSWORD, from("192.0.2.1")));
      server.clock.advance({ minutes: 15 });
    }
    for (let guess = 1; guess <= 6; guess++) {
      await ask("from many networks", usersLogin("bo@example.com", "wrong", from(`198.51.100.${guess}`)));
    }
    await ask("the owner from a new one", usersLogin("bo@example.com", PASSWORD, from("198.51.100.99")));
    for (let guess = 1; guess <= 9; guess++) {
      await ask("at many accounts", authLogin(`nobody${guess}`, "wrong", from("203.0.113.1")));
    }
    await ask("at another one", usersLogin("ana@example.com", PASSWORD, from("203.0.113.1")));
    const device = ["Latchkey-Device", "a device of the owner's"] as const;
    const owner = [from("203.0.113.2"), device] as const;
    await ask("the owner's device", usersLogin("ana@example.com", PASSWORD, ...owner));
    for (let guess = 1; guess <= 3; guess++) {
      await ask("guesses from there", usersLogin("ana@example.com", "wrong", ...owner));
    }
    await ask("from an IPv6 network", usersLogin("ana@example.com", "wrong", from("2001:db8::1")));
  },
};

export const registrations: Chapter = {
  name: "limits-registrations",
  environment: { TRUST_PROXY: "1", REGISTRATIONS_PER_NETWORK: "2" },
  async play({ ask, server }) {
    await ask("the first", usersRegister("ana@example.com", {}, from("192.0.2.1")));
    await ask("one that is refused", usersRegister("ana@example.com", {}, from("192.0.2.1")));
    await ask("the second", authRegister("bo", {}, from("192.0.2.1")));
    await ask("the third, on the users surface", usersRegister("carl@example.com", {}, from("192.0.2.1")));
    await ask("the third, on the auth surface", authRegister("carl", {}, from("192.0.2.1")));
    await ask("in Chinese", authRegister("carl", {}, from("192.0.2.1"), preferring("zh")));
    await ask("a taken name", authRegister("bo", { email: "x@example.com" }, from("192.0.2.1")));
    server.clock.advance({ minutes: 59 });
    await ask("after 59 minutes", usersRegister("carl@example.com", {}, from("192.0.2.1")));
    await ask("from elsewhere", usersRegister("carl@example.com", {}, from("192.0.2.2")));
    server.clock.advance({ minutes: 1 });
    await ask("after an hour", usersRegister("dora@example.com", {}, from("192.0.2.1")));
  },
};

/** The contracts fix their wording: `Accept-Language` does not change it. */
export const languages: Chapter = {
  name: "languages",
  async play({ ask, prepare }) {
    await prepare(usersRegister("ana@example.com"));
    for (const language of ["zh-CN", "zh;q=0.1, en", "fr", "*", ";;q=x"]) {
      const accepted = preferring(language);
      await ask(`${language}: login`, usersLogin("ana@example.com", PASSWORD, accepted));
      await ask(`${language}: a wrong password`, usersLogin("ana@example.com", "wrong", accepted));
      await ask(`${language}: on the other surface`, authLogin("ana@example.com", "wrong", accepted));
      await ask(`${language}: a taken address`, usersRegister("ana@example.com", {}, accepted));
      await ask(`${language}: field faults`, authRegister("<", { password: 1, email: "x" }, accepted));
      await ask(`${language}: a bad body`, {
        method: "POST",
        target: "/api/auth/login",
        body: "{",
        headers: [accepted],
      });
      await ask(`${language}: no token`, { method: "GET", target: "/api/users/me", headers: [accepted] });
      await ask(`${language}: a wrong method`, {
        method: "PUT",
        target: "/api/users/me",
        headers: [accepted],
      });
      await ask(`${language}: an unknown path`, {
        method: "GET",
        target: "/api/users/x",
        headers: [accepted],
      });
    }
  },
};
