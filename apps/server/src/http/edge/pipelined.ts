import type { IncomingMessage, ServerResponse } from "node:http";
import { currentLook, isSameLook, type Look } from "../../world/loop-turn.js";

interface Earlier {
  readonly look: Look | undefined;
  readonly hasBody: boolean;
}

/**
 * Whether a request may have been sent after the poll of the sockets that found it. That is so if something
 * ahead of it on its connection made the connection readable: an unanswered request, the rest of a body, or
 * so much data that it was read in pieces.
 */
export function createLateness(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const earlier = new WeakMap<object, Earlier>();
  return ({ socket, headers }, response) => {
    const before = earlier.get(socket);
    const look = currentLook();
    const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
    const hasBody = length !== "0" || encoding !== undefined;
    earlier.set(socket, { look, hasBody });
    // Node answers in order: if a response has no socket, its turn has not come yet.
    return (
      response.socket === null || (before !== undefined && (before.hasBody || isSameLook(before.look, look)))
    );
  };
}
