import type { FactorInput } from "@latchkey/contracts/fields/factor";
import type { Account } from "../accounts/service.js";

/**
 * Methods by which a user proves who they are, under the names of RFC 8176 where it has one: a password, a
 * one-time code, a passkey whose user was not verified, a passkey that has verified its user; and of our own: a
 * recovery code, a mailed code or link.
 */
export type Method = "pwd" | "otp" | "swk" | "hwk" | "rcv" | "eml";

/** Who must have a second factor. */
export type FactorPolicy = "optional" | "admins" | "everyone";

export function mustHaveFactor({ role }: Pick<Account, "role">, policy: FactorPolicy): boolean {
  return policy === "everyone" || (policy === "admins" && role === "admin");
}

/** What a code from a request's header is: six to eight digits come from an authenticator app. */
export function factorOfCode(code: string): FactorInput {
  return { kind: /^\d{6,8}$/.test(code) ? "totp" : "recoveryCode", code };
}
