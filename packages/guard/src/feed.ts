import { type Fetch, ServerAway } from "./ask.js";
import { isWithin, type Moment, momentNow } from "./moment.js";

/** Follows which sessions ended before their time. */
export interface Feed {
  /** Whether a session has ended, as far as is known. The first call connects. */
  hasEnded(sessionId: string): boolean;
  /** Whether everything that happened until a few seconds ago is known. */
  isCurrent(): boolean;
  close(): void;
}

/** The server beats every five seconds: after this long without a beat, nothing is certain. */
const STALE_MS = 15_000;
/** The server's events are a tenth of this. */
const MAX_EVENT_LENGTH = 1_000_000;

interface Server {
  readonly url: string;
  readonly key: string;
  readonly fetch: Fetch;
  /** Called with the reason when it cannot be followed, but not again before it could. */
  readonly report: (reason: unknown) => void;
}

export function followFeed({ url, key, fetch, report }: Server): Feed {
  /** Sessions that ended, in nearly the order of the times until which tokens of theirs may last. */
  const ends = new Map<string, number>();
  let cursor = "";
  let beat: Moment | undefined;
  let isFollowing = false;
  let isReported = false;
  let isClosed = false;
  let connection = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** `since` is when the connection was begun, or its latest beat came. Returns the next such moment. */
  const take = (event: string, since: Moment): Moment => {
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(event)?.[1];
    if (field("event") === "beat") {
      // What has waited this long, here or on the way, may have more behind it: only a new connection has not.
      if (!isWithin(STALE_MS, since)) throw new Error("The feed came late");
      watch();
      isReported = false;
      beat = momentNow();
      return beat;
    }
    const { sids = [], until = 0 } = JSON.parse(field("data") ?? "{}");
    for (const sid of sids) ends.set(sid, until);
    cursor = field("id") ?? cursor;
    // The same clock refuses their tokens as expired, whatever it says.
    for (const [sid, endMs] of ends) {
      if (endMs > Date.now()) break;
      ends.delete(sid);
    }
    return since;
  };

  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => connection.abort(), STALE_MS);
  };

  const read = async () => {
    let since = momentNow();
    connection = new AbortController();
    watch();
    const init: RequestInit & { readonly cache: "no-store" } = {
      headers: {
        Accept: "text/event-stream",
        Authorization: `Bearer ${key}`,
        ...(cursor !== "" && { "Last-Event-ID": cursor }),
      },
      redirect: "manual",
      cache: "no-store",
      signal: connection.signal,
    };
    const { status, body } = await fetch(`${url}/api/v1/revocations`, init);
    if (status !== 200 || body === null) throw new Error(`It answered ${status}`);
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const events = (text + decoder.decode(part.value, { stream: true })).split("\n\n");
      text = events.pop() ?? "";
      if (text.length > MAX_EVENT_LENGTH) throw new Error("An event is too long");
      for (const event of events) since = take(event, since);
    }
  };

  const follow = async () => {
    while (!isClosed) {
      try {
        await read();
      } catch (cause) {
        if (!isClosed && !isReported)
          report(new ServerAway(`The revocation feed could not be followed at ${url}`, { cause }));
        isReported = true;
      }
      connection.abort();
      clearTimeout(timer);
      if (isClosed) return;
      await new Promise((resolve) => {
        timer = setTimeout(resolve, 200 + 1800 * Math.random());
      });
    }
  };

  return {
    hasEnded(sessionId) {
      if (!isFollowing) void follow();
      isFollowing = true;
      return ends.has(sessionId);
    },
    isCurrent: () => isWithin(STALE_MS, beat),
    close() {
      isClosed = true;
      connection.abort();
      clearTimeout(timer);
    },
  };
}
