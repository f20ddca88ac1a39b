import type { User } from "../features/user-administration/service.js";
import { printable } from "./output.js";

/** What is told of an account: named one by one, so that no hash gets among it. */
export function userJson(user: User) {
  const {
    uuid,
    username,
    email,
    firstName,
    lastName,
    phoneNumber,
    language,
    role,
    disabled,
    disabledReason,
  } = user;
  const profile = { firstName, lastName, phoneNumber, language };
  return {
    ...{ uuid, username, email, ...profile, role, disabled, disabledReason },
    emailVerifiedAt: user.emailVerifiedAtMs === null ? null : new Date(user.emailVerifiedAtMs).toISOString(),
    passwordChangeRequired: user.mustChangePassword,
    createdAt: new Date(user.createdAtMs).toISOString(),
    updatedAt: new Date(user.updatedAtMs).toISOString(),
  };
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

/** `alice <alice@example.com> (uuid)`, or without the username where it is the address. */
export function fullName({ username, email, uuid }: User): string {
  return printable(username === email ? `${email} (${uuid})` : `${username} <${email}> (${uuid})`);
}
