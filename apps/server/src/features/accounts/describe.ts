import type { Account } from "./user.js";

/** Everything about an account that is ever shown. Each caller picks the fields that its readers may see. */
export function describeAccount(
  account: Omit<Account, "id" | "hashedPassword" | "sessionEpoch" | "factorGeneration">,
) {
  const { emailVerifiedAtMs } = account;
  // Fields are listed by name, so that no hash can slip in.
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
