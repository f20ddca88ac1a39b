import { emailAddress, shortText, username } from "@latchkey/contracts/fields/text";
import { z } from "zod";
import { CommandError } from "./failure.js";
import { findUser } from "./find-user.js";
import { parseInput } from "./input.js";
import { operatorCause } from "./services.js";
import type { Shell } from "./shell.js";
import { fullName, userJson } from "./user-text.js";

/** An empty value deletes the existing one. */
const erasable = (description: string, example: string) =>
  shortText(description, example)
    .transform((text) => (text === "" ? null : text))
    .optional();

const Edit = z.object({
  email: emailAddress.optional(),
  username: username.optional(),
  firstName: erasable("The given name.", "San"),
  lastName: erasable("The family name.", "Zhang"),
  phone: erasable("The phone number.", "13800138000"),
  language: z.enum(["en", "zh-CN"]).optional(),
});

/** The options for changing an account. */
export type EditOptions = z.input<typeof Edit>;

const OPTIONS: Readonly<Record<string, string>> = { firstName: "--first-name", lastName: "--last-name" };

/** Changes an account's data and prints the account. */
export async function editUser(shell: Shell, name: string, options: EditOptions): Promise<void> {
  const optionOf = (field: string) => OPTIONS[field] ?? `--${field}`;
  const { phone, ...edit } = parseInput(Edit, options, { name: optionOf, exitCode: 2 });
  const fields = Object.keys(options);
  if (fields.length === 0) throw new CommandError("USAGE", "Pass at least one option to change.", 2);
  await shell.tellFrom(async (services) => {
    const { uuid } = await findUser(services, name);
    const cause = operatorCause({ action: "admin.users.update", subject: uuid, details: { fields } });
    const user = await services.userAdministration.update(uuid, { ...edit, phoneNumber: phone }, cause);
    return { json: { user: userJson(user) }, text: `Changed ${fullName(user)}.` };
  });
}
