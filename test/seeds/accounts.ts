import { BY_OPERATOR } from "../support/operator.js";
import { freshEmail, PASSWORD, send } from "../support/rest.js";
import { runElsewhere } from "../support/rows.js";
import type { TestServer } from "../support/server.js";

let made = 0;

/** Registers on the auth surface, under names that no other test uses. */
export async function signUpByName(server: TestServer) {
  const user = { username: `somebody ${++made}`, email: freshEmail(), password: PASSWORD };
  const answer = await send(server, "POST", "/api/auth/register", { json: user });
  if (answer.status !== 200) throw new Error(answer.text);
  const { token, user: shown } = answer.json.data;
  return { ...user, id: String(shown.id), token: String(token) };
}

/** Disables an account as an operator would, and ends its sessions. */
export async function setDisabled(server: TestServer, email: string, disabled: boolean): Promise<void> {
  const { accounts } = server.app.features;
  const account = await accounts.find({ email });
  if (account === undefined) throw new Error(`there is no ${email}`);
  if (disabled) await accounts.disable(account, undefined, BY_OPERATOR);
  else await accounts.enable(account, BY_OPERATOR);
}

/** Deletes an account behind the server's back. */
export async function deleteAccount(server: TestServer, email: string): Promise<void> {
  const { changes } = await runElsewhere(server, "DELETE FROM users WHERE email = ?", email);
  if (changes !== 1) throw new Error(`there is no ${email}`);
}

export const me = (server: TestServer, token: string) => send(server, "GET", "/api/users/me", { token });
export const verify = (server: TestServer, token: string) =>
  send(server, "GET", "/api/auth/verify", { token });
export const logout = (server: TestServer, token: string) =>
  send(server, "POST", "/api/users/logout", { token });

/** Exchanges a token, with an idempotency key where one is given. */
export const refresh = (server: TestServer, token: string, key?: string) =>
  send(server, "POST", "/api/users/refresh_token", {
    token,
    ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
  });
