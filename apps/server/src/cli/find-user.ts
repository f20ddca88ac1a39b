import { accountErrors } from "@latchkey/contracts/errors/account";
import { AppError } from "../error.js";
import type { Account } from "../features/accounts/service.js";
import type { Services } from "./services.js";

/** The account that the operator names by its address, its username or its uuid. */
export async function findUser({ accounts }: Pick<Services, "accounts">, name: string): Promise<Account> {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name);
  // Somebody may have taken another's uuid as a username: the uuid goes first.
  const account = isUuid ? await accounts.findByUuid(name.toLowerCase()) : undefined;
  const found = account ?? (await accounts.find({ name }));
  if (found === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
  return found;
}
