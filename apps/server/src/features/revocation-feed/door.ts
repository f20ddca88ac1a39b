import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { feedErrors } from "@latchkey/contracts/errors/feed";
import { AppError } from "../../error.js";
import type { Mount } from "../../mount.js";
import { cursorOf } from "./rules.js";
import type { Feed } from "./service.js";

const HEADERS = { "Cache-Control": "no-store", Vary: "Origin, Accept" };
const STREAM_HEADERS = {
  ...HEADERS,
  "Content-Type": "text/event-stream",
  // Nginx would keep events until its buffer is full.
  "X-Accel-Buffering": "no",
  // Nothing may follow it on its connection, which would have to wait for its end.
  Connection: "close",
};

/** The feed's address. It is no procedure: its callers are services with a key, and it goes on. */
export function feedDoor(feed: Pick<Feed, "read" | "open">, key: string): Mount {
  const expected = digestOf(key);
  return {
    path: "/api/v1/revocations",
    async answer(request) {
      const { headers } = request;
      // Of equal length, whatever was presented: the comparison takes as long for any key.
      if (!timingSafeEqual(digestOf(presentedIn(headers)), expected))
        throw new AppError(feedErrors.FEED_KEY_INVALID);
      const cursor = cursorOf(lastSeenBy(request));
      if (!/\btext\/event-stream\b/i.test(headers.accept ?? ""))
        return { headers: HEADERS, json: await feed.read(cursor) };
      const isHead = request.method === "HEAD";
      return { headers: STREAM_HEADERS, stream: isHead ? () => {} : await feed.open(cursor) };
    },
  };
}

const digestOf = (text: string) => createHash("sha256").update(text).digest();

function presentedIn({ authorization = "" }: IncomingHttpHeaders): string {
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
}

/** A stream that is opened again has its first cursor in the address still, and a newer one in the header. */
function lastSeenBy({ headers, url = "" }: IncomingMessage): string | null {
  const query = url.slice(url.indexOf("?") + 1 || url.length);
  return headers["last-event-id"]?.toString() ?? new URLSearchParams(query).get("after");
}
