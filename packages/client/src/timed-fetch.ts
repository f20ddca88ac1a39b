import type { AuthorizedFetch } from "./authorized-fetch.js";
import { type Clock, startLimit } from "./clock.js";

/** A `fetch` of which no request takes longer than this, until its answer has been read. */
export function timedFetch(fetch: AuthorizedFetch, clock: Clock, limitMs: number): AuthorizedFetch {
  return async (to, { signal, ...init } = {}) => {
    const limit = startLimit(clock, { limitMs, signal });
    let answer: Response | undefined;
    try {
      answer = await fetch(to, { ...init, signal: limit.signal });
    } finally {
      // Otherwise the limit ends with the answer's last byte, or when its reader wants no more of it.
      if (!answer?.body) limit.end();
    }
    if (!answer.body) return answer;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    void answer.body.pipeTo(writable).then(limit.end, limit.end);
    return new Response(readable, answer);
  };
}
