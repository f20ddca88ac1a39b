import { accountErrors } from "@latchkey/contracts/errors/account";
import { type Command, InvalidArgumentError } from "commander";
import { AppError } from "../error.js";
import {
  type AuditEntry,
  type AuditPoint,
  detailsOf,
  type HeadState,
  type Verification,
} from "../features/audit/service.js";
import { CommandError } from "./failure.js";
import { pageSize, time } from "./option-values.js";
import { type Answer, table } from "./output.js";
import type { Services } from "./services.js";
import type { Shell } from "./shell.js";

interface ListOptions {
  readonly actor?: string;
  readonly subject?: string;
  readonly action?: string;
  readonly outcome?: string;
  readonly from?: number;
  readonly to?: number;
  readonly before?: number;
  readonly limit: number;
}

export function addAuditCommands(program: Command, { tellFrom }: Shell): void {
  const audit = program.command("audit").description("Reads the audit log and verifies that it is intact.");
  audit
    .command("list")
    .description("Lists entries, newest first.")
    .option("--actor <who>", "Only what this actor did: an account, `operator` or `anonymous`.")
    .option("--subject <user>", "Only what was done to this account.")
    .option(
      "--action <name>",
      "Only this action or, if it ends with a dot, every action that begins with it.",
    )
    .option("--outcome <code>", "Only this outcome: `ok`, an error's code, or `failed` for all errors.")
    .option("--from <time>", "Only entries from this time on, such as 2026-01-31 or 2026-01-31T08:00Z.", time)
    .option("--to <time>", "Only entries before this time.", time)
    .option("--before <number>", "Only entries older than this one.", wholeNumber)
    .option("--limit <number>", "The maximum number of entries.", pageSize, 50)
    .action((options: ListOptions) => tellFrom((services) => listEntries(services, options)));

  audit
    .command("verify")
    .description("Checks the whole chain of hashes and names the first entry that was changed or is missing.")
    .option("--head <number:hash>", "Also checks that this entry, recorded earlier, is still there.", point)
    .action(({ head }: { readonly head?: AuditPoint }) => tellFrom(({ audit }) => verify(audit, head)));

  audit
    .command("head")
    .description(
      "Prints the newest entry's number and hash. Record them where no user of this machine can change them.",
    )
    .action(() =>
      tellFrom(async (services) => {
        const head = await services.audit.head();
        return { json: head, text: `${head.number}:${head.hash}` };
      }),
    );
}

async function listEntries(services: Services, options: ListOptions): Promise<Answer> {
  const { limit, before, actor, subject, from: fromMs, to: toMs, ...exact } = options;
  const who = { actor: await uuidOf(services, actor), subject: await uuidOf(services, subject) };
  const filter = { ...exact, ...who, fromMs, toMs };
  const entries: AuditEntry[] = [];
  let next = before;
  do {
    const page = await services.audit.list(filter, { before: next, limit: limit - entries.length });
    entries.push(...page.entries);
    next = page.next;
  } while (next !== undefined && entries.length < limit);
  const rows = entries.map((entry) => [
    String(entry.number),
    new Date(entry.atMs).toISOString(),
    entry.action,
    entry.outcome,
    entry.actor,
    entry.subject ?? "-",
    entry.address ?? "-",
    detailsOf(entry)
      .map(({ name, value }) => `${name}=${value}`)
      .join(" "),
  ]);
  const headings = ["NUMBER", "AT", "ACTION", "OUTCOME", "ACTOR", "SUBJECT", "ADDRESS", "DETAILS"];
  const more = next === undefined ? "" : `\n\nThere may be more: --before ${next}`;
  const text = rows.length === 0 ? "No entries match." : table(headings, rows) + more;
  return { json: { entries: entries.map(entryJson), next: next ?? null }, text };
}

/** Resolves an account by its uuid, address or username. For a deleted account only the uuid works. */
async function uuidOf({ accounts }: Services, name: string | undefined): Promise<string | undefined> {
  if (name === undefined || name === "operator" || name === "anonymous") return name;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)) return name.toLowerCase();
  const account = await accounts.find({ name });
  if (account === undefined) throw new AppError(accountErrors.USER_NOT_FOUND);
  return account.uuid;
}

function entryJson({ atMs, ...entry }: AuditEntry) {
  return { ...entry, at: new Date(atMs).toISOString(), details: detailsOf(entry) };
}

async function verify(audit: Services["audit"], noted: AuditPoint | undefined): Promise<Answer> {
  const result = await audit.verify();
  if (!result.whole) throw new CommandError("AUDIT_BROKEN", sentenceOf(result));
  const state = noted && (await audit.check(noted));
  if (noted !== undefined && state !== undefined && state !== "there") {
    throw new CommandError("AUDIT_BROKEN", HEAD[state](noted.number));
  }
  return { json: result, text: described(result) };
}

type Broken = Extract<Verification, { readonly whole: false }>;

/** What is wrong with an audit log. */
export function sentenceOf({ fault, number }: Broken): string {
  return BROKEN[fault](number);
}

function described({ count, checkpoint, head }: Extract<Verification, { readonly whole: true }>): string {
  if (head.number === 0) return "The audit log is empty.";
  const from = checkpoint.number + 1;
  const deleted =
    checkpoint.number === 0 ? "" : ` Entries up to ${checkpoint.number} were deleted because of their age.`;
  const kept =
    count === 0
      ? "No entries are left."
      : `The audit log is intact: ${count} entries, from ${from} to ${head.number}.`;
  return `${kept}${deleted}\nRecord the head elsewhere: ${head.number}:${head.hash}`;
}

const BROKEN: Readonly<Record<Broken["fault"], (number: number) => string>> = {
  changed: (number) => `Entry ${number} of the audit log, or one before it, was changed.`,
  missing: (number) => `Entry ${number} of the audit log is missing.`,
  cut: (number) =>
    `The beginning of the audit log was cut off: entry ${number} is the first, but those before it were not ` +
    "older than AUDIT_DAYS.",
};

const HEAD: Readonly<Record<Exclude<HeadState, "there">, (number: number) => string>> = {
  gone: (number) => `Entry ${number} is no longer there: the end of the audit log was cut off.`,
  other: (number) => `Entry ${number} has a different hash than the recorded one: the audit log was rebuilt.`,
  deleted: (number) =>
    `Entry ${number} was deleted because of its age, so it cannot be checked. Record a newer head.`,
};

function point(text: string): AuditPoint {
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number !== undefined && hash !== undefined) return { number: Number(number), hash };
  throw new InvalidArgumentError("It must be the output of `latchkey audit head`.");
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
