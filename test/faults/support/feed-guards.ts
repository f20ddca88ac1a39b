// A process of guards that follow the feeds of servers, as backends do: `feed-guards.ts KEY COUNT PORT…`.
import { createGuard, type Guard } from "@latchkey/guard";

const [key = "", count = "1", ...ports] = process.argv.slice(2);

/** What each guard waits to hear of, and whom it tells. */
type Waiting = Map<string, (atMs: number) => void>;

interface Follower {
  readonly guard: Guard;
  readonly waiting: Waiting;
}

const followers = Array.from({ length: Number(count) }, (_, i): Follower => {
  const waiting: Waiting = new Map();
  const url = `http://127.0.0.1:${ports[i % ports.length]}`;
  // What it accepts, it believes to know: it asks about nothing.
  return {
    guard: createGuard({ url, feed: { key, onStale: "refuse" }, fetch: listening(waiting) }),
    waiting,
  };
});

/** Notes when a session is named in what a guard reads. */
function listening(waiting: Waiting) {
  return async (url: string, init: RequestInit) => {
    const response = await fetch(url, init);
    if (!url.endsWith("/revocations") || response.body === null) return response;
    const decoder = new TextDecoder();
    const noting = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        const text = decoder.decode(chunk, { stream: true });
        for (const [sid, tell] of waiting) {
          if (!text.includes(sid)) continue;
          waiting.delete(sid);
          tell(Date.now());
        }
      },
    });
    return new Response(response.body.pipeThrough(noting), response);
  };
}

const codeOf = async ({ guard }: Follower, token: string) =>
  (await guard.check({ headers: { authorization: `Bearer ${token}` } })).refusal?.code;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const sidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")).sid;

const tasks: Record<string, (tokens: readonly string[]) => Promise<unknown>> = {
  /** Waits until each judges a token by itself. */
  async current([token = ""]) {
    for (const follower of followers)
      while ((await codeOf(follower, token)) === "UNAVAILABLE") await sleep(20);
  },
  /** By how many each token is refused. */
  async refusals(tokens) {
    const counts: number[] = [];
    for (const token of tokens) {
      const codes = await Promise.all(followers.map((follower) => codeOf(follower, token)));
      counts.push(codes.filter((code) => code !== undefined).length);
    }
    return counts;
  },
  /** When each has heard of a token's end. */
  watch: ([token = ""]) =>
    Promise.all(
      followers.map(
        ({ waiting }) => new Promise<number>((resolve) => void waiting.set(sidOf(token), resolve)),
      ),
    ),
};

process.on("message", async (asked: { id: number; kind: string; tokens: readonly string[] }) => {
  process.send?.({ id: asked.id, value: await tasks[asked.kind]?.(asked.tokens) });
});
