import { accountErrors } from "@latchkey/contracts/account-errors";
import { type Command, InvalidArgumentError } from "commander";
import { AppError } from "../error.js";
import type { Account } from "../features/accounts/service.js";
import { createUser, type NewUserOptions } from "./create-user.js";
import { printable, type Tell, table } from "./output.js";
import { readServerSettings, type Services, withServices } from "./services.js";
import { describeUser, fullName, userJson } from "./user-text.js";

const USER = "Names the account by its address, its username or its uuid.";
const MAX_PAGE = 1000;

/** How long a command waits for Redis, so that what it revokes stands there too. */
const REDIS_WAIT_MS = 1000;

/** Returns the command that they belong to: there are more of them elsewhere. */
export function addUserCommands(program: Command, tell: Tell): Command {
  const users = program
    .command("users")
    .description("Creates, lists, shows, disables, enables, imports and exports accounts.");

  users
    .command("create")
    .description(
      "Creates an account. The password is asked for twice without being shown, or read from the first line of " +
        "standard input; it has at least 6 characters and is never taken as an argument.",
    )
    .requiredOption("--email <address>", "Sets the address.")
    .option("--username <name>", "Sets the username; without it the address is the username.")
    .option("--first-name <name>", "Sets the given name.")
    .option("--last-name <name>", "Sets the family name.")
    .option("--phone <number>", "Sets the telephone number.")
    .action(async (options: NewUserOptions) => {
      const account = await createUser(options);
      tell({ json: { user: userJson(account) }, text: `Created ${fullName(account)}.` });
    });

  users
    .command("list")
    .description("Lists accounts in the order of their making.")
    .option("--limit <number>", "Lists at most so many.", pageSize, 50)
    .option("--after <user>", "Begins behind this account, named by its uuid, its address or its username.")
    .action(async (options: { readonly limit: number; readonly after?: string }) => {
      await withServices(readServerSettings(), async (services) => tell(await listUsers(services, options)));
    });

  users
    .command("show")
    .description("Shows one account.")
    .argument("<user>", USER)
    .action(async (name: string) => {
      const account = await withServices(readServerSettings(), (services) => findUser(services, name));
      tell({ json: { user: userJson(account) }, text: describeUser(account) });
    });

  users
    .command("disable")
    .description(
      "Disables an account and ends its sessions: its tokens are refused from the next request on.",
    )
    .argument("<user>", USER)
    .action((name: string) => switchUser(name, { disabled: true }, tell));

  users
    .command("enable")
    .description("Enables an account again. Sessions that have ended stay so: the user signs in anew.")
    .argument("<user>", USER)
    .action((name: string) => switchUser(name, { disabled: false }, tell));

  return users;
}

async function findUser({ accounts }: Services, name: string): Promise<Account> {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name);
  // Somebody may have taken another's uuid as a username: the uuid goes first.
  const account = isUuid ? await accounts.findByUuid(name.toLowerCase()) : undefined;
  const found = account ?? (await accounts.find({ name }));
  if (found === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
  return found;
}

async function listUsers(
  services: Services,
  { limit, after }: { readonly limit: number; readonly after?: string },
) {
  const afterId = after === undefined ? 0 : (await findUser(services, after)).id;
  // One more than is shown tells whether there are more.
  const found = await services.accounts.list({ afterId, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const next = found.length > limit ? (shown.at(-1)?.uuid ?? null) : null;
  const rows = shown.map(({ uuid, username, email, disabled, createdAtMs }) => [
    uuid,
    username,
    email,
    disabled ? "yes" : "no",
    new Date(createdAtMs).toISOString(),
  ]);
  const more = next === null ? "" : `\n\nMore follow: --after ${printable(next)}`;
  const where = printable(services.settings.host.databaseUrl);
  const none = after === undefined ? `There are no users in ${where}.` : "No more users follow.";
  const text =
    shown.length === 0 ? none : table(["UUID", "USERNAME", "EMAIL", "DISABLED", "CREATED"], rows) + more;
  return { json: { users: shown.map(userJson), next }, text };
}

async function switchUser(name: string, { disabled }: { readonly disabled: boolean }, tell: Tell) {
  await withServices(readServerSettings(), async (services) => {
    const before = await findUser(services, name);
    const changed = before.disabled !== disabled;
    const account = changed ? await services.accounts.setDisabled(before, disabled) : before;
    // Also where it was disabled already: an earlier command may have been cut short here.
    if (disabled) await endSessions(services, account);
    const done = disabled ? "Disabled %; all sessions have ended." : "Enabled %.";
    const already = disabled ? "% was disabled already." : "% was enabled already.";
    const text = (changed ? done : already).replace("%", () => fullName(account));
    tell({ json: { user: userJson(account), changed }, text });
  });
}

/** They are dead since the account was disabled; this puts them on the blacklist that nodes share. */
async function endSessions({ host: { redis }, sessions }: Services, account: Account): Promise<void> {
  if (redis !== undefined && redis.status !== "ready") {
    await new Promise<void>((resolve) => {
      // Without Redis the database refuses them all the same.
      redis.once("ready", resolve).once("error", () => resolve());
      setTimeout(resolve, REDIS_WAIT_MS).unref();
    });
  }
  await sessions.endEarlier(account);
}

function pageSize(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_PAGE) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_PAGE}.`);
}
