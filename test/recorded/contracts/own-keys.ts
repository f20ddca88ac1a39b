import type { Chapter } from "../play.js";
import {
  authLogin,
  authRegister,
  logout,
  me,
  refresh,
  usersLogin,
  usersRegister,
  verify,
} from "../requests.js";

/** A server that signs with a key of its own making. */
export const ownKeys: Chapter = {
  name: "own-keys",
  environment: { JWT_SECRET: "" },
  async play({ ask, prepare }) {
    await prepare(usersRegister("ana@example.com"));
    const login = await ask("login on the users surface", usersLogin("ana@example.com"));
    await ask("me", me(login.token()));
    await ask("verify", verify(login.token()));
    const successor = await ask("refresh", refresh(login.token()));
    await ask("me with the old token", me(login.token()));
    await ask("registration on the auth surface", authRegister("bo"));
    await ask("login on the auth surface", authLogin("bo"));
    const [head, claims, signature = ""] = successor.token().split(".");
    await ask("a changed signature", me(`${head}.${claims}.${signature.slice(2)}AA`));
    await ask("a changed signature, refreshed", refresh(`${head}.${claims}.${signature.slice(2)}AA`));
    await ask("without the key's name", me(`eyJhbGciOiJFUzI1NiJ9.${claims}.${signature}`));
    await ask("the algorithm none", verify(`eyJhbGciOiJub25lIn0.${claims}.`));
    await ask("logout", logout(successor.token()));
    await ask("me after logout", me(successor.token()));
  },
};
