import { describeAccount } from "../features/accounts/service.js";
import type { User } from "../features/user-administration/service.js";
import { printable } from "./output.js";

/** What the operator is shown of an account. */
export function userJson(user: User) {
  const { id: uuid, ...facts } = describeAccount(user);
  return { uuid, ...facts };
}

/** One line per fact. */
export function describeUser(account: User): string {
  const { createdAt, updatedAt, emailVerifiedAt, ...user } = userJson(account);
  const reason = user.disabledReason === null ? "" : `: ${user.disabledReason}`;
  const facts: ReadonlyArray<readonly [string, string | null]> = [
    ["uuid", user.uuid],
    ["username", user.username],
    ["email", user.email],
    ["verified", emailVerifiedAt ?? "no"],
    ["first name", user.firstName],
    ["last name", user.lastName],
    ["phone", user.phoneNumber],
    ["language", user.language],
    ["role", user.role],
    ["disabled", user.disabled ? `yes${reason}` : "no"],
    ["password", user.passwordChangeRequired ? "temporary" : "the user's own"],
    ["created", createdAt],
    ["updated", updatedAt],
  ];
  return facts.map(([name, fact]) => `${`${name}:`.padEnd(12)}${printable(fact ?? "-")}`).join("\n");
}

/** `alice <alice@example.com> (uuid)`, or without the username if it equals the address. */
export function fullName({ username, email, uuid }: User): string {
  return printable(username === email ? `${email} (${uuid})` : `${username} <${email}> (${uuid})`);
}
