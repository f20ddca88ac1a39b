import type { IncomingMessage, ServerResponse } from "node:http";

/** In how many pieces a body may come: each takes hundreds of bytes of memory, whatever its length. */
export const MAX_PIECES = 1000;

/** Calls `cut` if a body comes in more pieces, to whichever code reads it. */
export function boundPieces(
  request: IncomingMessage,
  response: ServerResponse,
  cut: (request: IncomingMessage) => void,
): void {
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  if (encoding === undefined && Number(length) <= MAX_PIECES) return;
  // Together with the listener of the code that reads it: earlier, the body would begin to flow without that.
  request.on("newListener", function begin(event) {
    if (event !== "data") return;
    request.off("newListener", begin);
    let pieces = 0;
    request.on("data", () => {
      // What comes after a refusal is dropped, within bounds of its own.
      if (response.headersSent) return;
      pieces++;
      if (pieces === MAX_PIECES + 1) cut(request);
    });
  });
}
