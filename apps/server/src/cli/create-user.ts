import { emailAddress, refuseForeignAddress, shortText, username } from "@latchkey/contracts/fields/text";
import { z } from "zod";
import { parseInput } from "./input.js";
import { operatorCause, withServices } from "./services.js";
import type { Shell } from "./shell.js";
import { fullName, userJson } from "./user-text.js";

const NewUser = z
  .object({
    email: emailAddress,
    username: username.exactOptional(),
    firstName: shortText("The given name.", "San").exactOptional(),
    lastName: shortText("The family name.", "Zhang").exactOptional(),
    phone: shortText("The phone number.", "13800138000").exactOptional(),
    language: z.enum(["en", "zh-CN"]).exactOptional(),
    admin: z.literal(true).exactOptional(),
    temporary: z.literal(true).exactOptional(),
  })
  .check(({ value, issues }) => {
    const names = { email: value.email, username: value.username ?? value.email };
    refuseForeignAddress({ value: names, issues });
  });

/** The options for a new account. */
export type NewUserOptions = z.input<typeof NewUser>;

const OPTIONS: Readonly<Record<string, string>> = {
  email: "--email",
  username: "--username",
  firstName: "--first-name",
  lastName: "--last-name",
  phone: "--phone",
};

/**
 * Creates an account and prints it. The password comes from the terminal or from standard input, or a
 * temporary one is made here.
 */
export async function createUser(shell: Shell, options: NewUserOptions): Promise<void> {
  // Everything that can be checked in advance is checked before asking for the password.
  const name = (field: string) => OPTIONS[field] ?? field;
  const { phone, admin, temporary, ...profile } = parseInput(NewUser, options, { name, exitCode: 2 });
  const role = admin ? ("admin" as const) : ("user" as const);
  const user = { ...profile, role, phoneNumber: phone };
  const settings = shell.readSettings();
  const password = temporary ? undefined : await shell.readNewPassword();
  const answer = await withServices(settings, async (services) => {
    const cause = operatorCause({ action: "admin.users.create", details: { role } });
    const { account, made } =
      password === undefined
        ? await services.userAdministration.create(user, cause)
        : { account: await services.registrations.create({ ...user, password }, cause), made: undefined };
    const told = made === undefined ? "" : `\nTemporary password: ${made}`;
    const json = { user: userJson(account), ...(temporary && { temporaryPassword: made }) };
    return { json, text: `Created ${fullName(account)}.${told}` };
  });
  shell.tell(answer);
}
