// A process of guards that follow the feeds of servers, as backends do: `feed-guards.ts KEY COUNT PORT…`.
import { createGuard, type Guard } from "@latchkey/guard";

const [key = "", count = "1", ...ports] = process.argv.slice(2);

interface Follower {
  readonly guard: Guard;
  /** When it has heard of the end of each session. */
  readonly heard: Map<string, number>;
}

const followers = Array.from({ length: Number(count) }, (_, i): Follower => {
  const heard = new Map<string, number>();
  const url = `http://127.0.0.1:${ports[i % ports.length]}`;
  // What it accepts, it believes to know: it asks about nothing.
  return { guard: createGuard({ url, feed: { key, onStale: "refuse" }, fetch: listening(heard) }), heard };
});

/** Notes when sessions are named in what a guard reads. */
function listening(heard: Map<string, number>) {
  return async (url: string, init: RequestInit) => {
    const response = await fetch(url, init);
    if (!url.endsWith("/revocations") || response.body === null) return response;
    const decoder = new TextDecoder();
    let text = "";
    const noting = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
        text = lines.pop() ?? "";
        for (const line of lines.filter((each) => each.startsWith("data: ")))
          for (const sid of JSON.parse(line.slice(6)).sids ?? [])
            if (!heard.has(sid)) heard.set(sid, Date.now());
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
  /** When each has heard of the end of a token's session. */
  heard: ([token = ""]) =>
    Promise.all(
      followers.map(async ({ heard }) => {
        for (let atMs = heard.get(sidOf(token)); ; atMs = heard.get(sidOf(token))) {
          if (atMs !== undefined) return atMs;
          await sleep(100);
        }
      }),
    ),
};

process.on("message", async (asked: { id: number; kind: string; tokens: readonly string[] }) => {
  process.send?.({ id: asked.id, value: await tasks[asked.kind]?.(asked.tokens) });
});
