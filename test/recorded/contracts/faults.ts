import type { Chapter } from "../play.js";
import { authLogin, bearer, post, reset, signUp, usersLogin, usersRegister } from "../requests.js";
import type { Header } from "../wire.js";
import { BODY_ENDPOINTS, TOKEN_ENDPOINTS } from "./endpoints.js";

/** A server whose database has lost a table. */
export const internalErrors: Chapter = {
  name: "internal-errors",
  async play(stage) {
    const token = await signUp(stage, "ana@example.com");
    await stage.sql("ALTER TABLE users RENAME TO lost");
    const own: Header = bearer(token);
    const origin: Header = ["Origin", "http://localhost:3000"];
    for (const { path, input } of BODY_ENDPOINTS) {
      await stage.ask("a fault", post(path, input, own));
      await stage.ask("a fault, from a page", post(path, input, origin));
    }
    for (const { method, path: target } of TOKEN_ENDPOINTS) {
      await stage.ask("a fault", { method, target, headers: [own] });
      await stage.ask("a fault, from a page", { method, target, headers: [own, origin] });
    }
    await stage.ask("what needs no database", { method: "GET", target: "/api/users/me" });
    await stage.ask("a bad body", { method: "POST", target: "/api/auth/login", json: {} });
  },
};

/** More password checks at once than the queue takes. */
export const overload: Chapter = {
  name: "overload",
  environment: {
    // Slow enough that all requests have arrived before the first check is done.
    ARGON2_MEMORY_KIB: "65536",
    ARGON2_TIME_COST: "1",
    PASSWORD_QUEUE_LENGTH: "1",
    PASSWORD_QUEUE_SECONDS: "600",
    GUESSES_PER_ACCOUNT_AND_NETWORK: "1000",
    GUESSES_PER_ACCOUNT: "1000",
  },
  async play({ askAtOnce, prepare }) {
    await prepare(usersRegister("ana@example.com"));
    const label = "many wrong passwords at once";
    await askAtOnce(label, 24, usersLogin("ana@example.com", "wrong"));
    await askAtOnce(label, 24, authLogin("ana@example.com", "wrong"));
    await askAtOnce(label, 24, reset("ana@example.com", "wrong"));
  },
};
