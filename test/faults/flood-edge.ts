import { connect, type Socket } from "node:net";
import { times } from "./support/calls.js";
import type { Flood } from "./support/flood.js";
import { sleep } from "./support/server.js";

const SOCKETS = 20;

/** What strangers do to sockets, heads and bodies. None of it needs an account. */
export const edgeFloods: readonly Flood[] = [
  {
    name: "requests whose answers are left unread",
    async attack(server, isOver) {
      const request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1500);
      let opened = 0;
      let cut = 0;
      const open = (i: number): Promise<void> =>
        new Promise((resolve) => {
          opened++;
          const socket: Socket = connect({
            port: server.port,
            host: "127.0.0.1",
            localAddress: `127.0.1.${i + 1}`,
          });
          const over = setInterval(() => isOver() && socket.destroy(), 50);
          socket.on("error", () => {});
          socket.on("close", () => {
            clearInterval(over);
            if (!isOver()) cut++;
            resolve();
          });
          socket.pause().write(request);
        });
      await Promise.all(
        times(SOCKETS, async (i) => {
          while (!isOver()) {
            await open(i);
            await sleep(100);
          }
        }),
      );
      return `${opened} sockets of 1,500 requests each, ${cut} cut off`;
    },
  },
];
