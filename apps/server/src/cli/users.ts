import { Argument, type Command, Option } from "commander";
import type { Account } from "../features/accounts/service.js";
import { createUser, type NewUserOptions } from "./create-user.js";
import { type EditOptions, editUser } from "./edit-user.js";
import { findUser } from "./find-user.js";
import { type ListOptions, listUsers } from "./list-users.js";
import { pageSize, time } from "./option-values.js";
import type { Shell } from "./shell.js";
import {
  actOn,
  disable,
  enable,
  endSessions,
  giveRole,
  listSessions,
  remove,
  setPassword,
} from "./user-acts.js";
import { describeUser, userJson } from "./user-text.js";

const USER = "Names the account by its address, its username or its uuid.";
const TEMPORARY =
  "Makes a temporary password and prints it: nobody signs in with it, the owner sets another with it.";

/** Returns the command that they belong to: there are more of them elsewhere. */
export function addUserCommands(program: Command, shell: Shell): Command {
  const users = program.command("users").description("Administers accounts.");
  withProfile(users.command("create"))
    .description(
      "Creates an account. The password is asked for twice without being shown, or read from the first line of " +
        "standard input; it has at least 6 characters and is never taken as an argument.",
    )
    .requiredOption("--email <address>", "Sets the address.")
    .option("--username <name>", "Sets the username; without it the address is the username.")
    .option("--admin", "Makes it an administrator.")
    .option("--temporary", TEMPORARY)
    .action((options: NewUserOptions) => createUser(shell, options));

  users
    .command("list")
    .description("Lists accounts in the order of their registration.")
    .option("--prefix <text>", "Lists those whose address or username begins with it, in any letter case.")
    .addOption(new Option("--role <role>", "Lists those with this role.").choices(["user", "admin"]))
    .addOption(new Option("--disabled", "Lists those that are disabled.").conflicts("enabled"))
    .option("--enabled", "Lists those that are not.")
    .addOption(new Option("--verified", "Lists those whose address is verified.").conflicts("unverified"))
    .option("--unverified", "Lists those whose address is not.")
    .option("--created-from <time>", "Lists those registered at this time or later.", time)
    .option("--created-to <time>", "Lists those registered before this time.", time)
    .option("--newest-first", "Turns the order around.")
    .option("--limit <number>", "Lists at most so many.", pageSize, 50)
    .option("--after <cursor>", "Begins behind an earlier page: with what stood at its end.")
    .action((options: ListOptions) => shell.tellFrom((services) => listUsers(services, options)));

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
    .description("Changes what is named and leaves the rest. An empty name or number deletes it.")
    .argument("<user>", USER)
    .option("--email <address>", "Sets the address, which then counts as unverified.")
    .option("--username <name>", "Sets the username.")
    .action((name: string, options: EditOptions) => editUser(shell, name, options));

  users
    .command("role")
    .description("Gives an account another role and ends its sessions.")
    .argument("<user>", USER)
    .addArgument(new Argument("<role>", "Is the role.").choices(["user", "admin"]))
    .action((name: string, role: Account["role"]) => actOn(shell, name, giveRole(role)));

  users
    .command("disable")
    .description(
      "Disables an account and ends its sessions: its tokens are refused from the next request on.",
    )
    .argument("<user>", USER)
    .option("--reason <text>", "Says why, for other administrators.")
    .action((name: string, { reason }: { readonly reason?: string }) => actOn(shell, name, disable(reason)));

  users
    .command("enable")
    .description("Enables an account again. Sessions that have ended stay so: the user signs in anew.")
    .argument("<user>", USER)
    .action((name: string) => actOn(shell, name, enable));

  users
    .command("password")
    .description(
      "Sets an account's password without the old one and ends its sessions. It is asked for twice without being shown, " +
        "or read from the first line of standard input, and never taken as an argument.",
    )
    .argument("<user>", USER)
    .option("--temporary", TEMPORARY)
    .action((name: string, { temporary = false }: { readonly temporary?: boolean }) =>
      setPassword(shell, name, temporary),
    );

  users
    .command("sessions")
    .description("Lists an account's sessions, the last seen first.")
    .argument("<user>", USER)
    .action((name: string) => actOn(shell, name, listSessions));

  users
    .command("end-sessions")
    .description("Ends an account's sessions: their tokens are refused from the next request on.")
    .argument("<user>", USER)
    .option("--session <id>", "Ends only this one.")
    .action((name: string, { session }: { readonly session?: string }) =>
      actOn(shell, name, endSessions(session)),
    );

  users
    .command("delete")
    .description("Deletes an account for good, with all that belongs to it.")
    .argument("<user>", USER)
    .option("--yes", "Does not ask whether it is meant.")
    .action((name: string, { yes = false }: { readonly yes?: boolean }) =>
      actOn(shell, name, remove(shell, yes)),
    );

  return users;
}

/** The options that a new account and a changed one have in common. */
function withProfile(command: Command): Command {
  return command
    .option("--first-name <name>", "Sets the given name.")
    .option("--last-name <name>", "Sets the family name.")
    .option("--phone <number>", "Sets the telephone number.")
    .addOption(
      new Option("--language <language>", "Sets the language to write to the user in.").choices([
        "en",
        "zh-CN",
      ]),
    );
}
