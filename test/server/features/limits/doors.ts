import { send } from "../../../support/rest.js";
import type { TestServer } from "../../../support/server.js";

/** Where a caller of an endpoint comes from, if the server is behind one proxy. */
export interface Whence {
  readonly network: string;
  readonly device?: string;
}

/** Tries a password at an endpoint. */
export type Door = (
  server: TestServer,
  email: string,
  password: string,
  whence: string | Whence,
) => ReturnType<typeof send>;

export function headersFrom(whence: string | Whence): Record<string, string> {
  const { network, device } = typeof whence === "string" ? { network: whence, device: undefined } : whence;
  return { "X-Forwarded-For": network, ...(device !== undefined && { "Latchkey-Device": device }) };
}

export const usersLogin: Door = (server, email, password, whence) =>
  send(server, "POST", "/api/users/login", { json: { email, password }, headers: headersFrom(whence) });

const authLogin: Door = (server, username, password, whence) =>
  send(server, "POST", "/api/auth/login", { json: { username, password }, headers: headersFrom(whence) });

const resetAt =
  (path: string): Door =>
  (server, email, password, whence) =>
    send(server, "POST", path, {
      json: { email, old_password: password, new_password: password },
      headers: headersFrom(whence),
    });

/** The endpoints of the two contracts that compare a password. */
export const doors: ReadonlyArray<readonly [string, Door]> = [
  ["login of the users surface", usersLogin],
  ["login of the auth surface", authLogin],
  ["reset_password", resetAt("/api/users/reset_password")],
  ["reset-password", resetAt("/api/users/reset-password")],
];

export const repeat = <T>(times: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: times }, (_, i) => run(i)));

export const statuses = (answers: readonly { readonly status: number }[], status: number) =>
  answers.filter((answer) => answer.status === status).length;
