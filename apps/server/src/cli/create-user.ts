import { emailAddress, personalText, refuseForeignAddress, username } from "@latchkey/contracts/fields";
import { z } from "zod";
import type { Account } from "../features/accounts/service.js";
import { parseInput } from "./input.js";
import { readNewPassword } from "./password.js";
import { readServerSettings, withServices } from "./services.js";

const NewUser = z
  .object({
    email: emailAddress,
    username: username.exactOptional(),
    firstName: personalText("The given name.", "San").exactOptional(),
    lastName: personalText("The family name.", "Zhang").exactOptional(),
    phone: personalText("The telephone number.", "13800138000").exactOptional(),
  })
  .check(({ value, issues }) => {
    const names = { email: value.email, username: value.username ?? value.email };
    refuseForeignAddress({ value: names, issues });
  });

/** What the command line says of a new account. */
export type NewUserOptions = z.input<typeof NewUser>;

const OPTIONS: Readonly<Record<string, string>> = {
  email: "--email",
  username: "--username",
  firstName: "--first-name",
  lastName: "--last-name",
  phone: "--phone",
};

/** Creates an account; its password comes from the terminal or from standard input. */
export async function createUser(options: NewUserOptions): Promise<Account> {
  // All that can be wrong beforehand comes before the question for the password.
  const name = (field: string) => OPTIONS[field] ?? field;
  const { phone, ...user } = parseInput(NewUser, options, { name, exitCode: 2 });
  const settings = readServerSettings();
  const password = await readNewPassword();
  const registration = { ...user, password, ...(phone !== undefined && { phoneNumber: phone }) };
  return withServices(settings, ({ accounts }) => accounts.register(registration));
}
