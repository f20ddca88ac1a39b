import type { Chapter, Stage } from "../play.js";
import {
  authLogin,
  bearer,
  call,
  idIn,
  logout,
  me,
  newAdministrator,
  newestSecret,
  PASSWORD,
  post,
  refresh,
  reset,
  usersLogin,
  usersRegister,
  verify,
} from "../requests.js";
import type { WireRequest } from "../wire.js";

/** A user with two sessions, while something happens to the account. */
interface User {
  readonly email: string;
  /** The token of the session that acts, if the user does. */
  readonly own: string;
  readonly admin: string;
}

type Act = (stage: Stage, user: User) => Promise<unknown>;

const byAdministrator =
  (path: string, json: object): Act =>
  ({ prepare }, { own, admin }) =>
    prepare(post(`/api/v1/admin/users/${idIn(own)}/${path}`, json, bearer(admin)));

const edit =
  (change: object): Act =>
  ({ prepare }, { own, admin }) =>
    prepare(patch(`/api/v1/admin/users/${idIn(own)}`, change, admin));

const patch = (target: string, json: object, token: string): WireRequest => ({
  method: "PATCH",
  target,
  json,
  headers: [bearer(token)],
});
const remove = (target: string, token: string): WireRequest => ({
  method: "DELETE",
  target,
  headers: [bearer(token)],
});

/** What may end an account's sessions. Some of it leaves the session that acts, or all of them. */
const CAUSES: Readonly<Record<string, Act>> = {
  "a new password at the old door": ({ prepare }, { email }) => prepare(reset(email)),
  "a new password by the owner": ({ prepare }, { own }) =>
    prepare(post("/api/v1/account/password", { oldPassword: PASSWORD, newPassword: PASSWORD }, bearer(own))),
  "a forgotten password": async (stage, { email }) => {
    await stage.prepare(post("/api/v1/recovery/request", { email }));
    const secret = await newestSecret(stage, email);
    await stage.prepare(post("/api/v1/recovery/complete", { secret, newPassword: PASSWORD }));
  },
  "a temporary password": byAdministrator("temporary-password", { password: PASSWORD }),
  "another role": edit({ role: "admin" }),
  "another name": edit({ lastName: "Li" }),
  "another address by an administrator": edit({ email: "moved@example.com" }),
  "another username by the owner": ({ prepare }, { own }) =>
    prepare(patch("/api/v1/account", { username: "renamed" }, own)),
  "another address by the owner": async (stage, { own }) => {
    await stage.prepare(post("/api/v1/email/change", { newEmail: "new@example.com" }, bearer(own)));
    const secret = await newestSecret(stage, "new@example.com");
    await stage.prepare(post("/api/v1/email/complete", { secret }, bearer(own)));
  },
  "the end of other sessions": ({ prepare }, { own }) =>
    prepare(call("/api/v1/sessions/end-others", bearer(own))),
  "the end of all sessions": ({ prepare }, { own }) => prepare(call("/api/v1/sessions/end-all", bearer(own))),
  "the end of all sessions by an administrator": byAdministrator("end-sessions", {}),
  "disabling and enabling": async (stage, user) => {
    await byAdministrator("disable", {})(stage, user);
    await byAdministrator("enable", {})(stage, user);
  },
  "a logout of the one": ({ prepare }, { own }) => prepare(logout(own)),
  "deletion by the owner": ({ prepare }, { own }) => prepare(remove("/api/v1/account", own)),
  "deletion by an administrator": ({ prepare }, { own, admin }) =>
    prepare(remove(`/api/v1/admin/users/${idIn(own)}`, admin)),
};

const chapterOf = (name: string, causes: ReadonlyArray<readonly [string, Act]>): Chapter => ({
  name,
  async play(stage) {
    const admin = await newAdministrator(stage);
    for (const [index, [cause, act]] of causes.entries()) {
      const email = `user${index}@example.com`;
      await stage.prepare(usersRegister(email));
      const own = (await stage.prepare(usersLogin(email))).token();
      const other = (await stage.prepare(authLogin(email))).token();
      await act(stage, { email, own, admin });
      await stage.askAll({
        [`${cause}: the one session`]: me(own),
        [`${cause}: the other`]: verify(other),
        [`${cause}: refresh of the one`]: refresh(own),
        [`${cause}: refresh of the other`]: refresh(other),
        [`${cause}: login`]: usersLogin(email),
        [`${cause}: login by name`]: authLogin(email),
      });
    }
  },
});

const causes = Object.entries(CAUSES);

/** What becomes of an account's sessions, and of signing in, after each cause. */
export const endings = [
  chapterOf("endings", causes.slice(0, 8)),
  chapterOf("endings-more", causes.slice(8)),
] as const;
