import type { Account } from "./user.js";

/** All that is ever shown of an account. Each caller picks from it what its readers may know. */
export function describeAccount(account: Omit<Account, "id" | "hashedPassword" | "sessionEpoch">) {
  const { emailVerifiedAtMs } = account;
  // Named one by one, so that no hash gets among it.
  return {
    id: account.uuid,
    username: account.username,
    email: account.email,
    firstName: account.firstName,
    lastName: account.lastName,
    phoneNumber: account.phoneNumber,
    language: account.language,
    role: account.role,
    disabled: account.disabled,
    disabledReason: account.disabledReason,
    emailVerifiedAt: emailVerifiedAtMs === null ? null : isoTime(emailVerifiedAtMs),
    passwordChangeRequired: account.mustChangePassword,
    createdAt: isoTime(account.createdAtMs),
    updatedAt: isoTime(account.updatedAtMs),
  };
}

const isoTime = (ms: number) => new Date(ms).toISOString();
