import { accountErrors } from "@latchkey/contracts/errors/account";
import { AppError } from "../error.js";
import type { Account } from "../features/accounts/service.js";
import type { Services } from "./services.js";

/** The account that the operator names by its address, username or uuid. */
export async function findUser({ accounts }: Pick<Services, "accounts">, name: string): Promise<Account> {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name);
  // A user may have taken another account's uuid as a username: the uuid takes precedence.
  const account = isUuid ? await accounts.findByUuid(name.toLowerCase()) : undefined;
  const found = account ?? (await accounts.find({ name }));
  if (found === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
  return found;
}
