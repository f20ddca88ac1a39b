import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { createAttempt, type DeliveryDeps } from "./delivery.js";
import { dueAt } from "./rules.js";

/** Sends what is in the outbox, in the background of a process. */
export interface MailWorker {
  /** Starts checking the outbox, about once a second. */
  start(): void;
  /** Attempts everything that is due, after what is already in progress. Never rejects. */
  deliver(): Promise<void>;
  /** Starts no new attempts and waits, for a limited time, for those in progress. */
  stop(): Promise<void>;
}

/** How many mails one process sends at the same time. */
const CONNECTIONS = 4;
const MEAN_PAUSE_MS = 1000;
const STOP_MS = 5000;

export function createMailWorker(
  deps: DeliveryDeps & { readonly clock: Clock; readonly log: Log },
): MailWorker {
  const { store, clock, log } = deps;
  const attempt = createAttempt(deps);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  const attemptAll = async () => {
    while (!stopped) {
      if ((await attempt()) !== "done") return;
    }
  };
  const pass = async () => {
    try {
      // The reader is asked first: most of the time nothing is due, and a claim is a write.
      if (stopped || !(await store.hasDue(dueAt(clock.nowMs())))) return;
      const ends = await Promise.allSettled(Array.from({ length: CONNECTIONS }, attemptAll));
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    } catch (error) {
      // Claimed mails are tried again when their lease ends.
      log("warn", "mails could not be processed", { error });
    }
  };
  const deliver = () => {
    running = running.then(pass);
    return running;
  };
  const schedule = () => {
    // Random, so that the time at which a mail is written reveals nothing about the request for it.
    const pauseMs = MEAN_PAUSE_MS * (0.5 + Math.random());
    timer = setTimeout(() => void deliver().then(() => stopped || schedule()), pauseMs).unref();
  };

  return {
    start: schedule,
    deliver,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      let patience: NodeJS.Timeout | undefined;
      const impatient = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, STOP_MS);
      });
      await Promise.race([running, impatient]);
      clearTimeout(patience);
    },
  };
}
