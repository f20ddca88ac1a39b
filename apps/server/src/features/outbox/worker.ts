import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { createAttempt, type DeliveryDeps } from "./delivery.js";

/** Sends what is in the outbox, beside everything else that a process does. */
export interface MailWorker {
  /** Looks into the outbox from now on, about once in a second. */
  start(): void;
  /** Attempts all that is due, behind what is under way. Never rejects. */
  deliver(): Promise<void>;
  /** Begins nothing any more and waits, for a while, for what is under way. */
  stop(): Promise<void>;
}

/** Mails that one process sends at the same time. */
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
      // Asked on the reader first: most of the time there is nothing, and a claim is a write.
      if (stopped || !(await store.hasDue(clock.nowMs()))) return;
      const ends = await Promise.allSettled(Array.from({ length: CONNECTIONS }, attemptAll));
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    } catch (error) {
      // Whatever was claimed is tried again when its lease ends.
      log("warn", "mails could not be processed", { error });
    }
  };
  const deliver = () => {
    running = running.then(pass);
    return running;
  };
  const schedule = () => {
    // By chance: when a mail is written tells nothing of the request that asked for it.
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
