import type { Chapter, Stage } from "../play.js";
import {
  authLogin,
  authRegister,
  bearer,
  get,
  idIn,
  logout,
  me,
  newAdministrator,
  newestSecret,
  PASSWORD,
  post,
  preferring,
  refresh,
  reset,
  signUp,
  usersLogin,
  usersRegister,
  verify,
} from "../requests.js";

/** Tries every endpoint for an account whose token and password are known. */
async function everyDoor(stage: Stage, when: string, email: string, token: string, password = PASSWORD) {
  await stage.askAll({
    [`me ${when}`]: me(token),
    [`the alias of me ${when}`]: get("/api/me", bearer(token)),
    [`verify ${when}`]: verify(token),
    [`refresh ${when}`]: refresh(token),
    [`logout ${when}`]: logout(token),
    [`login on the users surface ${when}`]: usersLogin(email, password),
    [`with a wrong password ${when}`]: usersLogin(email, "wrong"),
    [`login on the auth surface ${when}`]: authLogin(email, password),
    [`with a wrong password there ${when}`]: authLogin(email, "wrong"),
    [`a new password ${when}`]: reset(email, password, password),
    [`a new password by the alias ${when}`]: {
      ...reset(email, password, password),
      target: "/api/users/reset-password",
    },
    [`a new password with a wrong one ${when}`]: reset(email, "wrong"),
    [`registration with its address ${when}`]: usersRegister(email),
    [`registration with its name ${when}`]: authRegister(email, { email }),
  });
}

export const disabledAccounts: Chapter = {
  name: "disabled",
  async play(stage) {
    const { prepare, ask, sql } = stage;
    const token = await signUp(stage, "ana@example.com");
    const admin = await newAdministrator(stage);
    const user = `/api/v1/admin/users/${idIn(token)}`;
    await prepare(post(`${user}/disable`, {}, bearer(admin)));
    await everyDoor(stage, "of a disabled account", "ana@example.com", token);
    await prepare(post(`${user}/enable`, {}, bearer(admin)));
    await ask("an old token when it is enabled again", me(token));
    await ask("its refresh", refresh(token));
    const again = (await ask("a login then", usersLogin("ana@example.com"))).token();
    await sql("UPDATE users SET disabled = ? WHERE email = ?", true, "ana@example.com");
    await everyDoor(stage, "when disabled by hand", "ana@example.com", again);
  },
};

export const temporaryPasswords: Chapter = {
  name: "temporary-password",
  async play(stage) {
    const token = await signUp(stage, "ana@example.com");
    const admin = await newAdministrator(stage);
    const path = `/api/v1/admin/users/${idIn(token)}/temporary-password`;
    await stage.prepare(post(path, { password: "told by telephone" }, bearer(admin)));
    await everyDoor(stage, "with a temporary password", "ana@example.com", token, "told by telephone");
    await stage.askAll({
      "login with the password before it": usersLogin("ana@example.com"),
      "a password of the owner's own": reset("ana@example.com", "told by telephone", "my own words"),
      "login with it": usersLogin("ana@example.com", "my own words"),
      "login with the temporary one": usersLogin("ana@example.com", "told by telephone"),
      "by name with the new one": authLogin("ana@example.com", "my own words"),
    });
  },
};

const verification = (policy: "soft" | "required"): Chapter => ({
  name: `verification-${policy}`,
  environment: { EMAIL_VERIFICATION: policy, MAILS_PER_ADDRESS: "4" },
  async play(stage) {
    const { ask, askAll, prepare, server } = stage;
    await askAll({
      "registration on the users surface": usersRegister("ana@example.com"),
      "registration on the auth surface": authRegister("bo"),
      "in Chinese": authRegister("carl", {}, preferring("zh-CN")),
      "of a taken name": authRegister("BO", { email: "other@example.com" }),
      "of a taken address": usersRegister("bo@example.com"),
      "login on the users surface": usersLogin("ana@example.com"),
      "with a wrong password": usersLogin("ana@example.com", "wrong"),
      "login on the auth surface": authLogin("bo"),
      "with a wrong password there": authLogin("bo", "wrong"),
      "login in Chinese": usersLogin("ana@example.com", PASSWORD, preferring("zh")),
      "a new password": reset("ana@example.com"),
    });
    for (let times = 0; times < 3; times++) {
      // Mails of the same millisecond have no order.
      server.clock.advance({ seconds: 1 });
      await ask("login once more", authLogin("ana@example.com"));
      // One at a time: of several links that are written at once, any may be the last one.
      await server.app.features.mailWorker.deliver();
    }
    const secret = await newestSecret(stage, "ana@example.com");
    await prepare(post("/api/v1/verification/complete", { secret, newPassword: PASSWORD }));
    const login = await ask("login with a confirmed address", usersLogin("ana@example.com"));
    await ask("its token is good", me(login.token()));
    await ask("by name", authLogin("ana@example.com"));
    await ask("the other account is not confirmed", authLogin("bo"));
  },
});

export const verifications = [verification("soft"), verification("required")] as const;

/** Accounts that may not sign in for more than one reason. */
export const admission: Chapter = {
  name: "admission",
  environment: { EMAIL_VERIFICATION: "required" },
  async play(stage) {
    const columns = ["disabled", "must_change_password"];
    for (const [index, set] of [[], ["must_change_password"], ["disabled"], columns].entries()) {
      const email = `user${index}@example.com`;
      await stage.prepare(usersRegister(email));
      for (const column of set)
        await stage.sql(`UPDATE users SET ${column} = ? WHERE email = ?`, true, email);
      const why = ["not confirmed", ...set].join(", ");
      await stage.askAll({
        [`${why}: login on the users surface`]: usersLogin(email),
        [`${why}: with a wrong password`]: usersLogin(email, "wrong"),
        [`${why}: login on the auth surface`]: authLogin(email),
        [`${why}: with a wrong password there`]: authLogin(email, "wrong"),
        [`${why}: the same password again`]: reset(email),
        [`${why}: another password`]: reset(email, PASSWORD, "another password"),
        [`${why}: login with it`]: usersLogin(email, "another password"),
        [`${why}: login with it on the auth surface`]: authLogin(email, "another password"),
      });
    }
  },
};

/** One account on both surfaces. */
export const accounts: Chapter = {
  name: "accounts",
  async play(stage) {
    const { ask, prepare, server } = stage;
    const token = await signUp(stage, "ana@example.com");
    const byName = await ask("an account of the users surface on the other", authLogin("ana@example.com"));
    await ask("its profile", me(byName.token()));
    server.clock.advance({ seconds: 61, ms: 999 });
    await prepare({
      method: "PATCH",
      target: "/api/v1/account",
      json: { username: "Ana 安", firstName: null, lastName: "", phoneNumber: "☎ 1" },
      headers: [bearer(token)],
    });
    await ask("me after a change", me(token));
    await ask("verify after a change", verify(token));
    await ask("login by the new name", authLogin("ana 安"));
    await ask("login by the address", authLogin("ana@example.com"));
    await ask("login on the users surface", usersLogin("ana@example.com"));
    await ask("refresh tells the new name", refresh(token));
    await ask("the new name is taken", authRegister("ANA 安", { email: "other@example.com" }));
    await ask("the address is taken as a name", authRegister("x", { email: "ana@example.com" }));
    const admin = await newAdministrator(stage);
    await ask("verify of an administrator", verify(admin));
    await ask("refresh of an administrator", refresh(admin));
  },
};
