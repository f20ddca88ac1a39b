import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { createClaims } from "./claims.js";
import { createAttempt, type DeliveryDeps } from "./delivery.js";
import { dueAt } from "./rules.js";

/** Sends what is in the outbox, in the background of a process. */
export interface MailWorker {
  /** Starts checking the outbox, about once a second. */
  start(): void;
  /** Attempts everything that is due, and waits for it and for what is already in progress. Never rejects. */
  deliver(): Promise<void>;
  /** Starts no new attempts and waits, for a limited time, for those in progress. */
  stop(): Promise<void>;
}

/** How many mails one process sends at the same time. */
const LANES = 4;
const MEAN_PAUSE_MS = 1000;
const STOP_MS = 5000;

export function createMailWorker(
  deps: DeliveryDeps & { readonly clock: Clock; readonly log: Log },
): MailWorker {
  const { store, clock, log } = deps;
  const claims = createClaims({ store, clock, lanes: LANES });
  const attempt = createAttempt(deps);
  const lanes = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** What was logged last about the database, which may be away for hours while it is asked every second. */
  let told: string | undefined;

  const tell = (error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const failure = `${error instanceof Error ? error.name : typeof error} ${code}`;
    if (failure !== told) log("warn", "mails could not be processed", { error });
    told = failure;
  };
  /** Each lane opens the next one when it has found something, and none waits for another. */
  const openLane = () => {
    if (stopped || lanes.size === LANES) return;
    const lane = sendAll().finally(() => lanes.delete(lane));
    lanes.add(lane);
  };
  const sendAll = async () => {
    try {
      let end: "done" | "away" | undefined;
      do {
        end = await claims.use((claimed) => {
          openLane();
          return attempt(claimed);
        });
      } while (end === "done" && !stopped);
    } catch (error) {
      // Claimed mails are tried again when their lease ends.
      tell(error);
    }
  };
  const look = async () => {
    try {
      // The reader is asked first: most of the time nothing is due, and a claim is a write.
      const hasDue = await store.hasDue(dueAt(clock.nowMs()));
      told = undefined;
      if (hasDue) openLane();
    } catch (error) {
      tell(error);
    }
  };
  const settled = async () => {
    while (lanes.size > 0) await Promise.all(lanes);
  };
  const schedule = () => {
    // Random, so that the time at which a mail is written reveals nothing about the request for it.
    const pauseMs = MEAN_PAUSE_MS * (0.5 + Math.random());
    timer = setTimeout(() => void look().then(() => stopped || schedule()), pauseMs).unref();
  };

  return {
    start: schedule,
    async deliver() {
      await look();
      await settled();
      // All lanes may have found nothing just before the last mail was added.
      await look();
      await settled();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      let patience: NodeJS.Timeout | undefined;
      const impatient = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, STOP_MS);
      });
      await Promise.race([settled(), impatient]);
      clearTimeout(patience);
    },
  };
}
