import { Argument, type Command, Option } from "commander";
import type { Account } from "../features/accounts/service.js";
import { createUser, type NewUserOptions } from "./create-user.js";
import { listDuplicates } from "./duplicates.js";
import { type EditOptions, editUser } from "./edit-user.js";
import { findUser } from "./find-user.js";
import { type ListOptions, listUsers } from "./list-users.js";
import { pageSize, time } from "./option-values.js";
import type { Shell } from "./shell.js";
import {
  actOn,
  disable,
  enable,
  endAllSessions,
  endSessions,
  giveRole,
  listSessions,
  remove,
  setPassword,
} from "./user-acts.js";
import { describeUser, userJson } from "./user-text.js";

const USER = "The account's email address, username or uuid.";
const TEMPORARY =
  "Generates a temporary password and prints it. It cannot be used to sign in: the owner uses it to set a " +
  "new one.";

/** Returns the parent command, because other files add commands to it. */
export function addUserCommands(program: Command, shell: Shell): Command {
  const users = program.command("users").description("Administers accounts.");
  withProfile(users.command("create"))
    .description(
      "Creates an account. The password is asked for twice without being shown, or read from the first " +
        "line of standard input; it has at least `PASSWORD_MIN_LENGTH` characters and is never taken as an argument.",
    )
    .requiredOption("--email <address>", "The email address.")
    .option("--username <name>", "The username; the email address by default.")
    .option("--admin", "Makes the account an administrator.")
    .option("--temporary", TEMPORARY)
    .action((options: NewUserOptions) => createUser(shell, options));

  users
    .command("list")
    .description("Lists accounts in order of registration.")
    .option(
      "--prefix <text>",
      "Only accounts whose email address or username begins with this, in any letter case.",
    )
    .addOption(new Option("--role <role>", "Only accounts with this role.").choices(["user", "admin"]))
    .addOption(new Option("--disabled", "Only disabled accounts.").conflicts("enabled"))
    .option("--enabled", "Only enabled accounts.")
    .addOption(new Option("--verified", "Only accounts with a verified address.").conflicts("unverified"))
    .option("--unverified", "Only accounts with an unverified address.")
    .option("--created-from <time>", "Only accounts registered at this time or later.", time)
    .option("--created-to <time>", "Only accounts registered before this time.", time)
    .option("--newest-first", "Reverses the order.")
    .option("--limit <number>", "The maximum number of accounts.", pageSize, 50)
    .option("--after <cursor>", "Continues after an earlier page: the value at its end.")
    .action((options: ListOptions) => shell.tellFrom((services) => listUsers(services, options)));

  users
    .command("duplicates")
    .description(
      "Lists accounts whose address is another account's in another spelling of its domain, or whose username is " +
        "with other blanks, from before these counted as one. They can still sign in with it; delete one of each " +
        "pair, or change its name.",
    )
    .action(() => shell.tellFrom(listDuplicates));

  users
    .command("show")
    .description("Shows one account.")
    .argument("<user>", USER)
    .action((name: string) =>
      shell.tellFrom(async (services) => {
        const account = await findUser(services, name);
        return { json: { user: userJson(account) }, text: describeUser(account) };
      }),
    );

  withProfile(users.command("edit"))
    .description("Changes what you pass and leaves the rest unchanged. An empty name or number deletes it.")
    .argument("<user>", USER)
    .option("--email <address>", "The new address, which then counts as unverified.")
    .option("--username <name>", "The new username.")
    .action((name: string, options: EditOptions) => editUser(shell, name, options));

  users
    .command("role")
    .description("Changes an account's role and ends its sessions.")
    .argument("<user>", USER)
    .addArgument(new Argument("<role>", "The new role.").choices(["user", "admin"]))
    .action((name: string, role: Account["role"]) => actOn(shell, name, giveRole(role)));

  users
    .command("disable")
    .description(
      "Disables an account and ends its sessions: its tokens are refused from the next request on.",
    )
    .argument("<user>", USER)
    .option("--reason <text>", "The reason, for other administrators.")
    .action((name: string, { reason }: { readonly reason?: string }) => actOn(shell, name, disable(reason)));

  users
    .command("enable")
    .description("Enables an account again. Ended sessions stay ended: the user has to sign in again.")
    .argument("<user>", USER)
    .action((name: string) => actOn(shell, name, enable));

  users
    .command("password")
    .description(
      "Sets an account's password without the old one and ends its sessions. The new password is asked " +
        "for twice without being shown, or read from the first line of standard input, and is never taken " +
        "as an argument.",
    )
    .argument("<user>", USER)
    .option("--temporary", TEMPORARY)
    .action((name: string, { temporary = false }: { readonly temporary?: boolean }) =>
      setPassword(shell, name, temporary),
    );

  users
    .command("sessions")
    .description("Lists an account's sessions, most recently seen first.")
    .argument("<user>", USER)
    .action((name: string) => actOn(shell, name, listSessions));

  users
    .command("end-sessions")
    .description("Ends an account's sessions: their tokens are refused from the next request on.")
    .argument("<user>", USER)
    .option("--session <id>", "Ends only this session.")
    .action((name: string, { session }: { readonly session?: string }) =>
      actOn(shell, name, endSessions(session)),
    );

  users
    .command("end-all-sessions")
    .description(
      "Ends the sessions of all accounts: for a database that was restored by its own tools, in which sessions " +
        "that were revoked since the backup are valid again.",
    )
    .option("--yes", "Does not ask for confirmation.")
    .action(({ yes = false }: { readonly yes?: boolean }) => endAllSessions(shell, yes));

  users
    .command("delete")
    .description("Deletes an account permanently, with everything that belongs to it.")
    .argument("<user>", USER)
    .option("--yes", "Does not ask for confirmation.")
    .action((name: string, { yes = false }: { readonly yes?: boolean }) =>
      actOn(shell, name, remove(shell, yes)),
    );

  return users;
}

/** The options that are common to creating and changing an account. */
function withProfile(command: Command): Command {
  return command
    .option("--first-name <name>", "The given name.")
    .option("--last-name <name>", "The family name.")
    .option("--phone <number>", "The phone number.")
    .addOption(
      new Option("--language <language>", "The language for mail to the user.").choices(["en", "zh-CN"]),
    );
}
