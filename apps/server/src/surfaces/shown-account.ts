import { type Account, describeAccount } from "../features/accounts/service.js";

/** What an owner is shown of their account. */
export function shownAccount(account: Account) {
  const { id, email, username, firstName, lastName, phoneNumber, language, role, ...more } =
    describeAccount(account);
  const { emailVerifiedAt, createdAt, updatedAt } = more;
  const profile = { firstName, lastName, phoneNumber, language };
  return { id, email, username, ...profile, role, emailVerifiedAt, createdAt, updatedAt };
}
