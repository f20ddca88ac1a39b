import type { Command } from "commander";
import { explainDatabaseFailure } from "../database/engines.js";
import { MoveRefused } from "../database/move/failure.js";
import { abortMove, type MoveOutcome, moveStore } from "../database/move/mover.js";
import { type StoreStatus, statusOf } from "../database/move/status.js";
import { unavailableOr } from "../database/postgres/failure.js";
import { addressOf, describeAddress, isPostgresUrl, parsePostgresUrl } from "../database/postgres/url.js";
import { MIGRATIONS } from "../host.js";
import { CommandError } from "./failure.js";
import { table } from "./output.js";
import { recordAct } from "./services.js";
import type { Shell } from "./shell.js";

interface MoveOptions {
  readonly to?: string;
  readonly check?: boolean;
  readonly abort?: boolean;
}

export function addStoreCommands(program: Command, shell: Shell): void {
  const store = program
    .command("store")
    .description("Shows where users, sessions and keys are stored, and moves them.");

  store
    .command("status")
    .description(
      "Says where the store is, and how far a move is; after a move it compares the numbers of rows.",
    )
    .action(async () => shell.tell(describeStatus(shell, await statusHere(shell))));

  store
    .command("move")
    .description(
      "Moves the store from SQLite to PostgreSQL while servers are running. They follow by themselves, and no user " +
        "notices. Interrupted, the same command continues. There is no way back.",
    )
    .option("--to <url>", "The postgres:// URL of an empty database; - reads it from standard input.")
    .option("--check", "Does everything but the switch, and leaves nothing behind.")
    .option("--abort", "Gives up a move that has not switched, and deletes what was copied.")
    .action(async (options: MoveOptions) => {
      const path = pathHere(shell);
      shell.tell(options.abort ? await abort(shell, path) : await move(shell, path, options));
    });
}

function pathHere(shell: Shell): string {
  const { databaseUrl } = shell.readSettings().settings.host;
  if (!isPostgresUrl(databaseUrl)) return databaseUrl;
  throw new CommandError(
    "NOT_SQLITE",
    "DATABASE_URL is PostgreSQL's already: only a SQLite file can be moved.",
  );
}

async function move(shell: Shell, path: string, { to, check = false }: MoveOptions) {
  const url = await readTarget(shell, to);
  const outcome = await shell.interruptible((stop) =>
    explaining(() =>
      withProgress(shell, (tell) =>
        moveStore({ path, url, migrations: MIGRATIONS, isRehearsal: check, stop, tell }),
      ),
    ),
  );
  if (outcome.state === "moved") {
    // Also makes what protects the audit log there.
    await shell.withServices((services) => recordAct(services, { action: "store.move" }));
  }
  return { json: { move: outcome }, text: describeOutcome(outcome, describeAddress(addressOf(url))) };
}

async function readTarget(shell: Shell, to: string | undefined): Promise<string> {
  if (to === undefined) throw new CommandError("USAGE", "Pass --to with the URL of a database.", 2);
  const url = to === "-" ? (await shell.readLine()).trim() : to;
  const parsed = parsePostgresUrl(url);
  if ("fault" in parsed) throw new CommandError("INVALID_INPUT", `--to ${parsed.fault}.`, 2);
  return parsed.value;
}

async function abort(shell: Shell, path: string) {
  const { wasThere, isLeft } = await shell.interruptible((stop) => explaining(() => abortMove(path, stop)));
  const text = !wasThere
    ? "There is no move to give up."
    : isLeft
      ? "The move was given up. PostgreSQL could not be reached: delete the database yourself."
      : "The move was given up, and what was copied is deleted.";
  return { json: { aborted: wasThere, left: isLeft }, text };
}

/** Shows each phase, and how far it is. */
async function withProgress(
  shell: Shell,
  work: (tell: Parameters<typeof moveStore>[0]["tell"]) => Promise<MoveOutcome>,
): Promise<MoveOutcome> {
  let progress = shell.startProgress("Copying", "rows");
  try {
    return await work({
      phase(phase) {
        progress.end();
        shell.say(SENTENCES[phase]);
        progress = shell.startProgress(phase === "comparing" ? "Comparing" : "Copying", "rows");
      },
      rows: (done, total) => progress.update(done, total),
      away: (isAway) =>
        shell.say(isAway ? "PostgreSQL does not answer: waiting. The servers go on." : "PostgreSQL is back."),
    });
  } finally {
    progress.end();
  }
}

const SENTENCES = {
  copying: "Copying.",
  "catching up": "Catching up with what was written meanwhile.",
  comparing: "Comparing all rows.",
  ready: "Waiting until every server can follow.",
  switching: "Switching.",
} as const;

async function explaining<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MoveRefused) throw new CommandError(error.code, error.message);
    if (error instanceof Error && error.name === "AbortError") {
      throw new CommandError(
        "STOPPED",
        "Stopped: nothing was switched. The same command continues the move.",
      );
    }
    const failure = explainDatabaseFailure(unavailableOr(error));
    if (failure === undefined) throw error;
    const sentence = failure.sentence.replaceAll("DATABASE_URL", "--to");
    throw new CommandError("CANNOT_OPEN", sentence.charAt(0).toUpperCase() + sentence.slice(1));
  }
}

function describeOutcome({ state, rows, heldMs, withNul }: MoveOutcome, place: string): string {
  if (state === "had moved") return `The store had moved already: it is in PostgreSQL (${place}).`;
  const nuls = Object.entries(withNul).map(
    ([name, count]) =>
      `In ${name}, ${count} row${count === 1 ? " has" : "s have"} a NUL: it is U+FFFD there.`,
  );
  const done =
    state === "rehearsed"
      ? [`All ${rows.toLocaleString("en")} rows can be moved to ${place}. Nothing was changed.`]
      : [
          `The store is in PostgreSQL now (${place}): ${rows.toLocaleString("en")} rows. Writes had to wait for ` +
            `${Math.ceil(heldMs)} ms.`,
          "Set DATABASE_URL to it. The SQLite file is a backup of this moment.",
        ];
  return [...done, ...nuls].join("\n");
}

async function statusHere(shell: Shell): Promise<StoreStatus | undefined> {
  const { databaseUrl } = shell.readSettings().settings.host;
  if (isPostgresUrl(databaseUrl)) return undefined;
  return explaining(() => statusOf(databaseUrl));
}

const timeOf = (ms: number) => new Date(ms).toISOString();

function describeStatus(shell: Shell, status: StoreStatus | undefined) {
  const { databaseUrl } = shell.readSettings().settings.host;
  if (status === undefined) {
    const place = describeAddress(addressOf(databaseUrl));
    return { json: { store: { engine: "postgres", place } }, text: `The store is in PostgreSQL (${place}).` };
  }
  const json = {
    store: { engine: status.state === "moved" ? "postgres" : "sqlite", file: databaseUrl, ...status },
  };
  switch (status.state) {
    case "here":
      return { json, text: "The store is in a SQLite file." };
    case "moving":
      return {
        json,
        text: [
          `The store is in a SQLite file. It is moving to PostgreSQL (${status.to}) since ${timeOf(status.begunAtMs)}: ` +
            `${status.phase}; the mover was last heard of at ${timeOf(status.heardAtMs)}.`,
          `Writes to be copied again: ${status.waiting}. Processes that can follow: ` +
            `${status.processes.filter(({ failure }) => failure === null).length} of ${status.processes.length}.`,
        ].join("\n"),
      };
    case "moved":
      return {
        json,
        text: [
          `The store has moved to PostgreSQL (${status.to}) at ${timeOf(status.atMs)}. Set DATABASE_URL to it.`,
          table(
            ["TABLE", "SQLITE, THEN", "POSTGRESQL, NOW"],
            status.rows.map(({ table: name, left, now }) => [name, String(left), String(now ?? "?")]),
          ),
        ].join("\n"),
      };
  }
}
