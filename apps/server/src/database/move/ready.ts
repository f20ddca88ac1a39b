import { readReady } from "../sqlite/moves.js";
import { MoveRefused } from "./failure.js";
import type { Source } from "./source.js";
import { processesWith } from "./users-of-file.js";

/** Each process looks every second whether a move is waiting for it: two looks, and time to connect. */
const HEARD_MS = 2500;
const PATIENCE_MS = 15_000;
const ASK_MS = 100;

/** Waits until every process that uses the file can follow to the other database. */
export async function waitForAll(source: Source, path: string, stop: AbortSignal): Promise<void> {
  const sinceMs = Date.now();
  for (;;) {
    stop.throwIfAborted();
    const nowMs = Date.now();
    const heard = readReady(source.connection).filter(
      ({ atMs }) => atMs >= sinceMs && nowMs - atMs < HEARD_MS,
    );
    const refusing = heard.find(({ failure }) => failure !== null);
    const silent = processesWith(path).filter((pid) => !heard.some((each) => each.pid === pid));
    if (nowMs - sinceMs >= HEARD_MS && refusing === undefined && silent.length === 0) return;
    if (nowMs - sinceMs > PATIENCE_MS) {
      if (refusing !== undefined) throw cannotFollow(refusing.pid, refusing.failure ?? "");
      throw doesNotFollow(silent);
    }
    await new Promise((again) => setTimeout(again, ASK_MS));
  }
}

const GOES_ON =
  "Nothing was switched, and the servers go on. Run the same command again to continue where it has stopped.";

function cannotFollow(pid: number, failure: string): MoveRefused {
  const sentence = failure.replace(/^./, (letter) => letter.toUpperCase()).replace(/DATABASE_URL/g, "--to");
  return new MoveRefused(
    "CANNOT_FOLLOW",
    `The process ${pid} uses the store and cannot use PostgreSQL. ${sentence} ${GOES_ON}`,
  );
}

function doesNotFollow(pids: readonly number[]): MoveRefused {
  return new MoveRefused(
    "DOES_NOT_FOLLOW",
    `The process${pids.length === 1 ? "" : "es"} ${pids.join(", ")} ${pids.length === 1 ? "has" : "have"} the database ` +
      "file open and would not follow: an older version of Latchkey, or another program. Stop it, or start this " +
      `version in its place. ${GOES_ON}`,
  );
}
