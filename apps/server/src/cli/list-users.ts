import { ListInput } from "@latchkey/contracts/admin/user-fields";
import type { Position, User } from "../features/user-administration/service.js";
import { withoutCredentials } from "../settings/setting.js";
import { parseInput } from "./input.js";
import { type Answer, printable, table } from "./output.js";
import type { Services } from "./services.js";
import { userJson } from "./user-text.js";

/** The options for a list. */
export interface ListOptions {
  readonly prefix?: string;
  readonly role?: User["role"];
  readonly disabled?: true;
  readonly enabled?: true;
  readonly verified?: true;
  readonly unverified?: true;
  readonly createdFrom?: number;
  readonly createdTo?: number;
  readonly newestFirst?: true;
  readonly limit: number;
  readonly after?: string;
}

export async function listUsers(services: Services, options: ListOptions): Promise<Answer> {
  const { role, disabled, enabled, verified, unverified, createdFrom, createdTo, newestFirst, limit } =
    options;
  const { prefix, after } = parseInput(ListInput.pick({ prefix: true, after: true }), options, {
    name: (field) => `--${field}`,
    exitCode: 2,
  });
  const search = {
    prefix,
    role,
    disabled: disabled ?? (enabled && false),
    emailVerified: verified ?? (unverified && false),
    createdFromMs: createdFrom,
    createdToMs: createdTo,
    order: newestFirst ? ("newest" as const) : ("oldest" as const),
  };
  const users: User[] = [];
  let next: Position | undefined = after;
  // A page may be short although more follow.
  do {
    const page = await services.userAdministration.search({
      ...search,
      after: next,
      limit: limit - users.length,
    });
    users.push(...page.users);
    next = page.next;
  } while (next !== undefined && users.length < limit);
  const cursor = next === undefined ? null : `${next.createdAtMs}.${next.id}`;
  return { json: { users: users.map(userJson), next: cursor }, text: describe(services, users, cursor) };
}

function describe({ settings }: Services, users: readonly User[], cursor: string | null): string {
  if (users.length === 0)
    return `No users match in ${printable(withoutCredentials(settings.host.databaseUrl))}.`;
  const rows = users.map(({ uuid, username, email, role, disabled, createdAtMs }) => [
    uuid,
    username,
    email,
    role,
    disabled ? "yes" : "no",
    new Date(createdAtMs).toISOString(),
  ]);
  const more = cursor === null ? "" : `\n\nThere are more: --after ${cursor}`;
  return table(["UUID", "USERNAME", "EMAIL", "ROLE", "DISABLED", "CREATED"], rows) + more;
}
