import { setTimeout as sleep } from "node:timers/promises";
import { startDeadline } from "../../world/deadline.js";
import { DatabaseUnavailable } from "../availability.js";
import type { Client, Clients } from "./client.js";
import { atMost, TooLate } from "./deadline.js";
import { isConnectionLost, isForgotten, isUnavailable, unavailableOr } from "./failure.js";
import type { Query } from "./statement.js";

/** How many statements may wait for an answer; beyond that `DatabaseUnavailable` is raised at once. */
const MAX_UNDER_WAY = 4000;
/** How soon a lost connection is tried again. */
const AGAIN_MS = 25;
/** How long a connection may take to say goodbye. */
const END_MS = 1000;

/** One connection that is opened when it is needed, and again after it was lost. */
export interface Connection {
  /** Statements are sent at once and answered in order. */
  readonly query: Query;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** How long a statement may take before the connection is given up, which frees the others that wait for it. */
  readonly answerMs: number;
  /** Whether all statements only read: then they are sent again after their connection was lost. */
  readonly isReading: boolean;
  /** Told of each answer, and of each failure to get one. */
  readonly onAnswer?: ((failure: unknown) => void) | undefined;
}

/** A statement that its caller waits for. */
interface Asked {
  /** Whether the caller was told that it takes too long. */
  isTooLate: boolean;
  send(over: Client): Promise<void>;
}

export function openConnection(clients: Clients, options: ConnectionOptions): Connection {
  const { answerMs, isReading, onAnswer } = options;
  /** Within this time a restart of PostgreSQL costs patience only. */
  const patienceMs = answerMs / 2;
  let current: { readonly connected: Promise<Client> } | undefined;
  let isClosed = false;
  let failingSinceMs: number | undefined;
  /** When the last answer came. */
  let answeredMs = Number.NEGATIVE_INFINITY;
  const underWay = new Set<Promise<unknown>>();

  const connect = () => {
    const { client, destroy } = clients.make(answerMs);
    const forget = () => {
      if (current === mine) current = undefined;
    };
    const made: Client = {
      client,
      destroy() {
        forget();
        destroy();
      },
    };
    const mine = { connected: client.connect().then(() => made) };
    current = mine;
    client.on("error", forget).on("end", forget);
    mine.connected.catch(forget);
    return mine;
  };

  /** One attempt; says whether a failed one may be repeated. */
  const send = async (asked: Asked) => {
    let connected: Client;
    try {
      connected = await (current ?? connect()).connected;
    } catch (error) {
      return { failure: new DatabaseUnavailable(error), mayRepeat: isConnectionLost(error) };
    }
    if (asked.isTooLate) return { failure: new DatabaseUnavailable(new TooLate()), mayRepeat: false };
    try {
      await asked.send(connected);
      return undefined;
    } catch (error) {
      const mayRepeat = isForgotten(error) || (isReading && isConnectionLost(error));
      if (isForgotten(error) || isConnectionLost(error)) connected.destroy();
      return { failure: error, mayRepeat };
    }
  };

  const repeat = async (asked: Asked) => {
    const startMs = performance.now();
    for (;;) {
      const attempt = await send(asked);
      if (attempt === undefined) return;
      const { failure, mayRepeat } = attempt;
      const isFailing = isUnavailable(failure);
      const nowMs = performance.now();
      if (isFailing) failingSinceMs ??= nowMs;
      const isTooLate = Math.min(startMs, failingSinceMs ?? nowMs) + patienceMs < nowMs;
      if (!mayRepeat || isTooLate || isClosed) {
        onAnswer?.(isFailing ? failure : undefined);
        throw unavailableOr(failure);
      }
      await sleep(AGAIN_MS);
    }
  };

  return {
    query<R extends object>({ name, text }: Parameters<Query>[0], values: readonly unknown[]) {
      if (isClosed || underWay.size >= MAX_UNDER_WAY) return Promise.reject(new DatabaseUnavailable());
      return new Promise<readonly R[]>((resolve, reject) => {
        let sentOver: Client | undefined;
        const asked: Asked = {
          isTooLate: false,
          async send(over) {
            sentOver = over;
            const { rows } = await over.client.query<R>({ name, text, values: [...values] });
            answeredMs = performance.now();
            failingSinceMs = undefined;
            onAnswer?.(undefined);
            resolve(rows);
          },
        };
        const giveUp = () => {
          const failure = new TooLate();
          asked.isTooLate = true;
          const silentMs = performance.now() - answeredMs;
          if (silentMs < answerMs) {
            // Others are answered, so there is only too much to do. It is given up if that ends.
            deadline = startDeadline(answerMs - silentMs, giveUp);
          } else {
            onAnswer?.(failure);
            sentOver?.destroy();
          }
          reject(new DatabaseUnavailable(failure));
        };
        let deadline = startDeadline(answerMs, giveUp);
        const work = repeat(asked)
          .catch(reject)
          .finally(() => {
            deadline.clear();
            underWay.delete(work);
          });
        underWay.add(work);
      });
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(underWay);
      const made = await current?.connected.catch(() => undefined);
      if (made === undefined) return;
      await atMost(END_MS, made.client.end());
      made.destroy();
    },
  };
}
