import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

export const FEED_KEY = "feed-key-0123456789-abcdefghijklmnopqrstuv";

/** An event of a stream. */
export interface FeedEvent {
  readonly type: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
  readonly data: any;
}

/** A stream of the revocation feed, as a client in any language reads it. */
export interface FeedStream {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The body of an answer that is no stream. */
  readonly text: string;
  /** The next event; `undefined` if the stream has ended. */
  next(): Promise<FeedEvent | undefined>;
  /** All events up to the next beat, without it. */
  untilBeat(): Promise<FeedEvent[]>;
  /** The sessions of the next event that names any. */
  nextEnded(): Promise<readonly string[]>;
  close(): void;
}

export interface FeedRequest {
  readonly key?: string | undefined;
  readonly lastEventId?: string | undefined;
  readonly query?: string;
  readonly method?: string;
}

export async function openFeed(
  { url }: { readonly url: string },
  { key = FEED_KEY, lastEventId, query = "", method = "GET" }: FeedRequest = {},
): Promise<FeedStream> {
  const sent = request(`${url}/api/v1/revocations${query}`, {
    method,
    headers: {
      Accept: "text/event-stream",
      ...(key !== "" && { Authorization: `Bearer ${key}` }),
      ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }),
    },
  });
  sent.on("error", () => {});
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.setEncoding("utf8").on("error", () => {});
  const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
  let text = "";
  if (!isStream) for await (const part of response) text += part;
  const events = isStream ? eventsOf(response) : undefined;
  const next = async () => (await events?.next())?.value;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    next,
    async untilBeat() {
      const found: FeedEvent[] = [];
      for (let event = await next(); event !== undefined && event.type !== "beat"; event = await next())
        found.push(event);
      return found;
    },
    async nextEnded() {
      for (let event = await next(); event !== undefined; event = await next())
        if (event.data.sids?.length > 0) return event.data.sids;
      throw new Error("The stream has ended");
    },
    close: () => void response.destroy(),
  };
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<FeedEvent, undefined> {
  let text = "";
  try {
    for await (const part of response) {
      const blocks = (text + part).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) yield eventIn(block);
    }
  } catch {
    // The server has closed the connection.
  }
  return undefined;
}

function eventIn(block: string): FeedEvent {
  const lines = new Map(
    block.split("\n").map((line): [string, string] => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
  return {
    type: lines.get("event") ?? "message",
    id: lines.get("id"),
    data: JSON.parse(lines.get("data") ?? "null"),
  };
}
