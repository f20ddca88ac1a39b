import type { Change } from "../../database/change.js";
import { type Clock, steadyMs } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { link } from "./chain.js";
import { type AuditDetails, decodeDetails, encodeDetails, type ShownDetails } from "./details.js";
import type { FailureKind, Flood } from "./flood.js";
import { faultOf, isExplained, isOverdue, learned, RETENTION, UNKNOWN_BEGINNING } from "./rules.js";
import type { AuditEvent, AuditFilter, AuditPage, AuditPoint, AuditStore } from "./store.js";

export type { AuditDetails } from "./details.js";
export type { AuditEntry, AuditFilter, AuditPage, AuditPoint } from "./store.js";

/** An action as its actor reports it. */
export interface Happening {
  /** A permanent name such as `auth.login`. */
  readonly action: string;
  /** An account's uuid, `operator` for the command line, or `anonymous`. */
  readonly actor: string;
  /** The uuid of the account that it was done to. */
  readonly subject?: string | undefined;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  readonly details?: AuditDetails | undefined;
}

/** An action that failed. */
export interface Failure extends Happening {
  /** The code of the error that the caller got. */
  readonly outcome: string;
  /** The network that the request came from, as limits count it. */
  readonly network: string;
}

/** The result of checking the whole chain. */
export type Verification =
  | {
      readonly whole: true;
      /** How many entries were checked. */
      readonly count: number;
      /** The point before the oldest entry: everything up to it was deleted because of its age. */
      readonly checkpoint: AuditPoint;
      readonly head: AuditPoint;
    }
  | {
      readonly whole: false;
      /**
       * The first entry that is not as it should be; if the beginning was cut off, the first that is left.
       */
      readonly number: number;
      readonly fault: "missing" | "changed" | "cut";
    };

/** The state of a head that was noted earlier. */
export type HeadState = "there" | "gone" | "other" | "deleted";

/** Who did what to whom, from where, when, and with what outcome: a tamper-evident log that only grows. */
export interface Audit {
  /** Resolves when the entry is on disk. Raises `UNAVAILABLE`. */
  record(happening: Happening): Promise<void>;
  /** The entry of a change, written in the same commit. */
  entry(happening: Happening): Change;
  /**
   * Writes down a failure; no caller waits for it. Of many similar ones only the first get an entry; the
   * number of the others is recorded when their window is over.
   */
  recordFailure(failure: Failure): void;
  /**
   * Entries, the newest first, with all failures that this process has been told of. A page may hold few or none although more follow; `next` says whether there
   * are more.
   */
  list(
    filter: AuditFilter,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<AuditPage>;
  /**
   * The newest entry's place. An operator who notes it elsewhere can tell later whether entries were cut off.
   */
  head(): Promise<AuditPoint>;
  /** Checks the whole chain. */
  verify(): Promise<Verification>;
  /** Whether an entry that was noted earlier is still there. */
  check(noted: AuditPoint): Promise<HeadState>;
  /** Deletes a bounded number of entries that are too old; resolves to how many. */
  deleteOver(): Promise<number>;
  /** Records how long entries are kept from now on, if that was changed. */
  start(): void;
  /** Writes down what was counted but not recorded yet. */
  close(): Promise<void>;
}

interface Deps {
  readonly store: AuditStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly flood: Flood;
  /** How many days entries are kept; 0 means forever. */
  readonly days: number;
}

const ROWS_PER_CLEANING = 1000;
const ROWS_PER_WALK = 500;
/** How many entries one page scans: a search for a rare one among millions must not block other requests. */
const LOOK_AT = 10_000;

export function createAudit({ store, clock, log, flood, days }: Deps): Audit {
  const eventsOf = (happenings: ReadonlyArray<Happening & { readonly outcome: string }>) => () => {
    const atMs = clock.nowMs();
    return happenings.map((happening) => eventOf(happening, atMs));
  };
  const succeeded = (happening: Happening) => eventsOf([{ ...happening, outcome: "ok" }]);
  /** What is being written down, although no caller waits for it. */
  const unwritten = new Set<Promise<void>>();
  const appendUnwaited = (failures: ReadonlyArray<Happening & { readonly outcome: string }>) => {
    const written = store
      .append(eventsOf(failures))
      .catch((error: unknown) => log("warn", "audit entry lost", { error }))
      .finally(() => unwritten.delete(written));
    unwritten.add(written);
  };
  const told = (all?: "all") =>
    flood.drain(steadyMs(clock), all).map(({ kind, times }) => summary(kind, times));

  const retention = (count: number) =>
    eventOf({ action: RETENTION, outcome: "ok", actor: "operator", details: { count, days } }, clock.nowMs());
  let retained: Promise<void> | undefined;
  const retain = () => {
    retained ??= store.retain(days, retention).catch((error: unknown) => {
      retained = undefined;
      throw error;
    });
    return retained;
  };
  const waitsForNewer = async () => {
    const newest = await store.newest();
    const [, second] = await store.walk({ after: 0, limit: 2 });
    if (newest === undefined || second === undefined) return false;
    return isOverdue({ newestAtMs: newest.atMs, secondAtMs: second.atMs }, { nowMs: clock.nowMs(), days });
  };

  return {
    record: (happening) => store.append(succeeded(happening)),
    entry: (happening) => store.addition(succeeded(happening)),

    recordFailure(failure) {
      const { action, outcome, actor, subject = null, network } = failure;
      const admitted = flood.admits({ action, outcome, actor, subject, network }, steadyMs(clock));
      if (admitted) appendUnwaited([...told(), failure]);
    },

    async list(filter, { before = Number.MAX_SAFE_INTEGER, limit }) {
      await Promise.all(unwritten);
      return store.find({ filter, before, limit, lookAt: LOOK_AT });
    },

    head: store.head,
    verify: () => verify(store, { nowMs: clock.nowMs(), days }),
    check: (noted) => check(store, noted),

    async deleteOver() {
      const summaries = told();
      if (summaries.length > 0) await store.append(eventsOf(summaries));
      await retain();
      const bounds = { nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING };
      const deleted = await store.deleteOlder(bounds);
      if (deleted > 0 || !(await waitsForNewer())) return deleted;
      await store.append(() => [retention(0)]);
      return store.deleteOlder(bounds);
    },

    start() {
      retain().catch((error: unknown) => log("warn", "audit retention not recorded yet", { error }));
    },

    async close() {
      const summaries = told("all");
      if (summaries.length > 0) await store.append(eventsOf(summaries));
    },
  };
}

/** What else an entry says. */
export function detailsOf({ details }: Pick<AuditEvent, "details">): ShownDetails {
  return details === null ? [] : decodeDetails(details);
}

function eventOf(happening: Happening & { readonly outcome: string }, atMs: number): AuditEvent {
  const { action, outcome, actor, subject = null, address = null, userAgent = null } = happening;
  const { requestId = null, details } = happening;
  return {
    atMs,
    action,
    outcome,
    actor,
    subject,
    address,
    userAgent,
    requestId,
    details: encodeDetails(details),
  };
}

function summary({ network, subject, ...kind }: FailureKind, repeated: number) {
  return {
    ...kind,
    subject: subject ?? undefined,
    address: network === "" ? undefined : network,
    details: { repeated },
  };
}

async function verify(
  store: AuditStore,
  now: { readonly nowMs: number; readonly days: number },
): Promise<Verification> {
  let checkpoint = await store.checkpoint();
  let head = checkpoint;
  let beginning = UNKNOWN_BEGINNING;
  let count = 0;
  for (;;) {
    const page = await store.walk({ after: head.number, limit: ROWS_PER_WALK });
    if (page.length === 0) {
      if (isExplained(checkpoint.number, beginning, now)) return { whole: true, count, checkpoint, head };
      return { whole: false, number: checkpoint.number + 1, fault: "cut" };
    }
    for (const entry of page) {
      const fault = faultOf(entry, head, link);
      if (fault === undefined) {
        head = { number: entry.number, hash: entry.hash };
        beginning = learned(beginning, entry, now.nowMs);
        count++;
        continue;
      }
      const moved = await store.checkpoint();
      // Old entries were deleted during the check: continue after them.
      if (moved.number <= head.number) return { whole: false, number: head.number + 1, fault };
      checkpoint = moved;
      head = moved;
      beginning = UNKNOWN_BEGINNING;
      break;
    }
  }
}

async function check(store: AuditStore, { number, hash }: AuditPoint): Promise<HeadState> {
  const checkpoint = await store.checkpoint();
  if (number < checkpoint.number) return "deleted";
  const [entry] = await store.walk({ after: number - 1, limit: 1 });
  const there: AuditPoint | undefined = number === checkpoint.number ? checkpoint : entry;
  if (there?.number !== number) return "gone";
  return there.hash === hash ? "there" : "other";
}
