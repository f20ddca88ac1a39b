import type { Outlet } from "../../mount.js";
import type { Cursor, Page } from "./store.js";
import { BEAT, eventOf, type Told } from "./wire.js";

/** How often the log is read while there are streams. */
const POLL_MS = 100;
const BEAT_MS = 5000;

/** A page that was read for one stream. */
export interface ReadPage {
  readonly page: Page;
  readonly isSnapshot: boolean;
}

export interface StreamDeps {
  pageFrom(cursor: Cursor | undefined): Promise<ReadPage>;
  after(cursor: Cursor): Promise<Page | undefined>;
  told(page: Page): Told;
  /** By a clock that is not set. */
  nowMs(): number;
  /** Called when the log could not be read. */
  onFailure(error: unknown): void;
}

export interface Streams {
  /** Adds a stream: the page that was read for it is its beginning. */
  add(outlet: Outlet, first: ReadPage): void;
  count(): number;
  endAll(): void;
}

/**
 * Streams of what ends. A stream first catches up by itself; from then on one poll serves all of them. A beat is
 * sent only after a look at the log has succeeded: it says that nothing that was committed before is missing. So a
 * process that cannot reach its database falls silent, and its readers turn to another one.
 */
export function createStreams({ pageFrom, after, told, nowMs, onFailure }: StreamDeps): Streams {
  const all = new Set<Outlet>();
  /** Those that have caught up, and how far: what others are told meanwhile, they have already read. */
  const current = new Map<Outlet, number>();
  let cursor: Cursor | undefined;
  let timer: NodeJS.Timeout | undefined;
  let beatenAtMs = nowMs();
  let failing = false;

  const catchUp = async (outlet: Outlet, first: ReadPage) => {
    let { page, isSnapshot } = first;
    for (;;) {
      if (isSnapshot || page.ended.length > 0) outlet.write(eventOf(page, told(page), isSnapshot));
      // As fast as the reader takes it, however long a snapshot is.
      await outlet.taken();
      if (!all.has(outlet)) return;
      if (!page.hasMore && (cursor === undefined || page.cursor.n >= cursor.n)) break;
      const next = await pageFrom(page.cursor);
      // What follows a snapshot's first page belongs to it.
      isSnapshot = next.isSnapshot || (isSnapshot && page.hasMore && next.page.ended.length > 0);
      page = next.page;
    }
    cursor ??= page.cursor;
    current.set(outlet, page.cursor.n);
    outlet.write(BEAT);
    schedule();
  };

  const poll = async (): Promise<void> => {
    if (cursor === undefined) return;
    const page = await after(cursor);
    if (page === undefined) return restart();
    if (page.ended.length > 0) {
      const event = eventOf(page, told(page), false);
      for (const [outlet, n] of current) if (n < page.cursor.n) outlet.write(event);
    }
    cursor = page.cursor;
    if (page.hasMore) {
      await taken();
      return poll();
    }
    if (nowMs() - beatenAtMs < BEAT_MS) return;
    beatenAtMs = nowMs();
    for (const outlet of current.keys()) outlet.write(BEAT);
  };

  /** Readers get a chance to take what was written; one that does not read holds up the others only for a while. */
  const taken = () =>
    Promise.race([
      Promise.all([...current.keys()].map((outlet) => outlet.taken())),
      new Promise((resolve) => setTimeout(resolve, POLL_MS)),
    ]);

  /** The history is another one: each stream begins with a snapshot again. */
  const restart = () => {
    const outlets = [...current.keys()];
    current.clear();
    cursor = undefined;
    for (const outlet of outlets) begin(outlet, pageFrom(undefined));
  };

  const begin = (outlet: Outlet, first: Promise<ReadPage>) => {
    first
      .then((page) => catchUp(outlet, page))
      .catch((error: unknown) => {
        onFailure(error);
        // Its reader continues from its cursor elsewhere, or here later.
        outlet.end();
      });
  };

  const schedule = () => {
    if (timer !== undefined || current.size === 0) return;
    timer = setTimeout(async () => {
      try {
        await poll();
        failing = false;
      } catch (error) {
        // The next poll asks again: meanwhile there are no beats.
        if (!failing) onFailure(error);
        failing = true;
      }
      timer = undefined;
      if (current.size === 0) cursor = undefined;
      schedule();
    }, POLL_MS);
    timer.unref();
  };

  return {
    add(outlet, first) {
      all.add(outlet);
      outlet.onClose(() => {
        all.delete(outlet);
        current.delete(outlet);
      });
      begin(outlet, Promise.resolve(first));
    },
    count: () => all.size,
    endAll() {
      for (const outlet of all) outlet.end();
    },
  };
}
