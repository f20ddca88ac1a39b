import type { ServerResponse } from "node:http";
import type { Outlet } from "../../mount.js";

/** How much may wait for a client that does not read. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** A response as the outlet of a stream. */
export function outletOf(response: ServerResponse): Outlet {
  const { socket } = response.req;
  let left = false;
  let taking: Promise<void> | undefined;
  const leaving: Array<(nothing?: undefined) => void> = [];
  const leave = () => {
    if (left) return;
    left = true;
    for (const closed of leaving) closed();
  };
  // Node closes only the response whose turn it is, so the connection is watched as well.
  response.once("close", leave);
  socket.once("close", leave);
  if (socket.destroyed) leave();

  return {
    write(text) {
      if (left || response.writableEnded) return;
      response.write(text);
      if (response.writableLength > MAX_WAITING_BYTES) socket.destroy();
    },
    taken() {
      if (left || !response.writableNeedDrain) return Promise.resolve();
      taking ??= new Promise((resolve) => {
        response.once("drain", resolve);
        leaving.push(resolve);
      }).then(() => {
        taking = undefined;
      });
      return taking;
    },
    end() {
      response.end();
    },
    onClose(closed) {
      if (left) closed();
      else leaving.push(closed);
    },
  };
}
