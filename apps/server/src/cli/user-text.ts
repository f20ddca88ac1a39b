import type { Account } from "../features/accounts/service.js";
import { printable } from "./output.js";

/** What is told of an account: named one by one, so that no hash gets among it. */
export function userJson(account: Account) {
  const { uuid, username, email, disabled, createdAtMs, updatedAtMs } = account;
  const { firstName, lastName, phoneNumber } = account;
  return {
    uuid,
    username,
    email,
    firstName,
    lastName,
    phoneNumber,
    disabled,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
  };
}

/** One line per fact. */
export function describeUser(account: Account): string {
  const { createdAt, updatedAt, ...user } = userJson(account);
  const facts: ReadonlyArray<readonly [string, string | null]> = [
    ["uuid", user.uuid],
    ["username", user.username],
    ["email", user.email],
    ["first name", user.firstName],
    ["last name", user.lastName],
    ["phone", user.phoneNumber],
    ["disabled", user.disabled ? "yes" : "no"],
    ["created", createdAt],
    ["updated", updatedAt],
  ];
  return facts.map(([name, fact]) => `${`${name}:`.padEnd(12)}${printable(fact ?? "-")}`).join("\n");
}

/** `alice <alice@example.com> (uuid)`, or without the username where it is the address. */
export function fullName({ username, email, uuid }: Account): string {
  return printable(username === email ? `${email} (${uuid})` : `${username} <${email}> (${uuid})`);
}
