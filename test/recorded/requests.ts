import { mailedSecret } from "../support/mail.js";
import type { Stage } from "./play.js";
import type { Header, WireRequest } from "./wire.js";

export const PASSWORD = "correct horse battery";

export const get = (target: string, ...headers: readonly Header[]): WireRequest => ({
  method: "GET",
  target,
  headers,
});
export const post = (target: string, json: unknown, ...headers: readonly Header[]): WireRequest => ({
  method: "POST",
  target,
  json,
  headers,
});
/** A POST without a body. */
export const call = (target: string, ...headers: readonly Header[]): WireRequest => ({
  method: "POST",
  target,
  headers,
});

export const bearer = (token: string): Header => ["Authorization", `Bearer ${token}`];
export const keyed = (key: string): Header => ["Idempotency-Key", key];
export const from = (address: string): Header => ["X-Forwarded-For", address];
export const preferring = (language: string): Header => ["Accept-Language", language];

/** Valid input for each path of the contracts that takes a body. */
export const usersRegister = (email: string, change: object = {}, ...headers: readonly Header[]) =>
  post(
    "/api/users/register",
    {
      email,
      password: PASSWORD,
      first_name: "San",
      last_name: "Zhang",
      phone_number: "13800138000",
      ...change,
    },
    ...headers,
  );
export const usersLogin = (email: string, password = PASSWORD, ...headers: readonly Header[]) =>
  post("/api/users/login", { email, password }, ...headers);
export const reset = (email: string, old_password = PASSWORD, new_password = PASSWORD) =>
  post("/api/users/reset_password", { email, old_password, new_password });
export const authRegister = (username: string, change: object = {}, ...headers: readonly Header[]) =>
  post(
    "/api/auth/register",
    { username, email: `${username}@example.com`, password: PASSWORD, ...change },
    ...headers,
  );
export const authLogin = (username: string, password = PASSWORD, ...headers: readonly Header[]) =>
  post("/api/auth/login", { username, password }, ...headers);

export const me = (token: string, ...more: readonly Header[]) => get("/api/users/me", bearer(token), ...more);
export const verify = (token: string, ...more: readonly Header[]) =>
  get("/api/auth/verify", bearer(token), ...more);
export const logout = (token: string, ...more: readonly Header[]) =>
  call("/api/users/logout", bearer(token), ...more);
export const refresh = (token: string, ...more: readonly Header[]) =>
  call("/api/users/refresh_token", bearer(token), ...more);

/** Registers on the users surface and signs in, unrecorded; resolves to the token. */
export async function signUp(stage: Stage, email: string): Promise<string> {
  await stage.prepare(usersRegister(email));
  return (await stage.prepare(usersLogin(email))).token();
}

/** The permanent id of the account that a token names. */
export function idIn(token: string): string {
  return String(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")).sub);
}

/** Makes an administrator who has just entered the password; resolves to the token. */
export async function newAdministrator(stage: Stage, email = "admin@example.com"): Promise<string> {
  await stage.prepare(usersRegister(email));
  await stage.sql("UPDATE users SET role = 'admin' WHERE email = ?", email);
  return (await stage.prepare(usersLogin(email))).token();
}

/** The secret in the newest mail to an address, masked from now on. */
export async function newestSecret(stage: Stage, email: string): Promise<string> {
  const secret = await mailedSecret(stage.server, email);
  stage.hide("mailed secret", secret);
  return secret;
}
