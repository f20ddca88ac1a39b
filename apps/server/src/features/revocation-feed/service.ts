import { feedErrors } from "@latchkey/contracts/errors/feed";
import { AppError, toAnswerable } from "../../error.js";
import type { Outlet } from "../../mount.js";
import { type Clock, steadyMs } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { relevantSince, textOf } from "./rules.js";
import type { Cursor, FeedStore, Page } from "./store.js";
import { createStreams } from "./streams.js";
import { type Told, toldOf } from "./wire.js";

/** One answer to a reader that asks from time to time. */
export interface Read extends Told {
  /** Whether it begins with everything that matters now, because the cursor is not known. */
  readonly snapshot: boolean;
  readonly cursor: string;
  /** Whether there is more, for which it should ask at once. */
  readonly more: boolean;
}

/** Tells other services which sessions ended before their time, so that they can refuse their tokens. */
export interface Feed {
  /** What ended after a cursor, or a snapshot of what matters now. Raises `UNAVAILABLE`. */
  read(cursor: Cursor | undefined): Promise<Read>;
  /**
   * The same as a stream that goes on: everything after the cursor, then what ends from now on. Raises
   * `FEED_FULL`, `UNAVAILABLE`.
   */
  open(cursor: Cursor | undefined): Promise<(outlet: Outlet) => void>;
  /** Ends all streams, and refuses new ones: before the server stops. */
  drain(): void;
  /** Deletes a bounded number of ends that no reader needs; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface FeedDeps {
  readonly store: FeedStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The longest access lifetime of a token. */
  readonly longestMs: number;
  readonly maxStreams: number;
}

const ROWS_PER_CLEANING = 1000;

export function createFeed({ store, clock, log, longestMs, maxStreams }: FeedDeps): Feed {
  const since = () => relevantSince(clock.nowMs(), longestMs);
  const told = (page: Page) => toldOf(page, clock.nowMs(), longestMs);

  /**
   * One page at a time, whatever many readers ask for at once, because other statements wait for it. When one
   * cannot be read, those who wait behind it do not try one after the other.
   */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(read: () => Promise<T>): Promise<T> => {
    const mine = last.then(read);
    last = mine;
    mine.catch(() => {
      if (last === mine) last = Promise.resolve();
    });
    return mine;
  };
  /** The page after a cursor, or a snapshot's first if the cursor is not known. */
  const pageFrom = (cursor: Cursor | undefined) =>
    inTurn(async () => {
      const known = cursor && (await store.after(cursor));
      return { page: known ?? (await store.since(since())), isSnapshot: known === undefined };
    });

  const streams = createStreams({
    pageFrom,
    after: store.after,
    told,
    nowMs: () => steadyMs(clock),
    onFailure(error) {
      // Readers notice by themselves, and `/readyz` says it.
      const isExpected = toAnswerable(error) instanceof AppError;
      log(isExpected ? "warn" : "error", "the revocation feed could not be read", { error });
    },
  });
  /** Streams whose first page is being read. */
  let opening = 0;
  let draining = false;

  return {
    async read(cursor) {
      const { page, isSnapshot } = await pageFrom(cursor);
      return { snapshot: isSnapshot, ...told(page), cursor: textOf(page.cursor), more: page.hasMore };
    },

    async open(cursor) {
      if (draining || streams.count() + opening >= maxStreams)
        throw new AppError(feedErrors.FEED_FULL, { retryAfterSeconds: 1 });
      opening++;
      const first = await pageFrom(cursor).catch((error: unknown) => {
        opening--;
        throw error;
      });
      return (outlet) => {
        opening--;
        if (draining) outlet.end();
        else streams.add(outlet, first);
      };
    },

    drain() {
      draining = true;
      streams.endAll();
    },

    deleteOver: () => store.deleteBefore(since(), ROWS_PER_CLEANING),
  };
}
