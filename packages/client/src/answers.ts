import type { AuthUser } from "./api.generated.js";
import { ClientError } from "./result.js";

/*
 * What the client itself takes from answers. At the server's address another program may answer, and in tRPC's
 * format too: what it says must neither become a session nor end one.
 */

export function userIn(answer: AuthUser | undefined): AuthUser {
  return isUser(answer) ? answer : notOurs();
}

export function tokenIn(token: unknown): string {
  return typeof token === "string" ? token : notOurs();
}

export function minutesIn(minutes: unknown): number {
  return Number.isFinite(minutes) ? Number(minutes) : notOurs();
}

/** What `Latchkey-Session` can name. */
const ID = /^[A-Za-z0-9-]{1,64}$/;

/** Whether it is a user, as far as the client depends on it. */
export function isUser(value: Partial<AuthUser> | null | undefined): value is AuthUser {
  return typeof value?.id === "string" && ID.test(value.id) && typeof value.username === "string";
}

function notOurs(): never {
  throw new ClientError("NETWORK", "Another program has answered.");
}
