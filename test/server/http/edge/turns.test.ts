import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createTurns, type TurnLimits } from "../../../../apps/server/src/http/edge/turns.js";
import { openWire } from "../../../support/wire.js";

const LIMITS: TurnLimits = {
  atOnce: 3,
  atOnceInAll: 1000,
  unsentBytes: 1000,
  waiting: 10,
  waitingBytes: 1_000_000,
  waitingInAll: 1000,
  waitingBytesInAll: 1_000_000,
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server whose requests the test answers. */
async function serve(limits: Partial<TurnLimits> = {}) {
  const begun: ServerResponse[] = [];
  const cuts: Socket[] = [];
  let arrived = 0;
  let changed = () => {};
  const handle = createTurns({
    limits: { ...LIMITS, ...limits },
    begin: (_, response) => {
      begun.push(response);
      changed();
    },
    cut: (socket) => {
      cuts.push(socket);
      socket.destroy();
    },
  });
  const server = createServer((request, response) => {
    arrived++;
    handle(request, response);
    changed();
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    begun,
    paths: () => begun.map(({ req }) => req.url),
    cuts,
    arrived: (count: number) => until(() => arrived >= count),
    begunAre: (count: number) => until(() => begun.length >= count),
  };
}

const paths = (count: number) => Array.from({ length: count }, (_, i) => `/${i}`);
const end = (response: ServerResponse | undefined, body = "") => response?.end(body);

it("begins a few of the requests that were sent ahead, and the others as answers leave, in their order", async () => {
  const { port, begun, paths: begunPaths, arrived, begunAre } = await serve();
  const wire = await openWire(port);
  wire.ask(...paths(9));
  await arrived(9);
  // The one whose turn it is, and three more.
  expect(begunPaths()).toEqual(paths(4));
  end(begun[0]);
  end(begun[1]);
  await begunAre(5);
  for (let i = 2; i < 9; i++) {
    await begunAre(i + 1);
    end(begun[i], `${i}`);
  }
  await wire.answers(9);
  expect(begunPaths()).toEqual(paths(9));
  wire.socket.destroy();
});

it("begins fewer of each connection while many have sent ahead, and again as many once they have left", async () => {
  const { port, begun, arrived, begunAre } = await serve({ atOnceInAll: 4 });
  const wires = [await openWire(port), await openWire(port), await openWire(port)];
  for (const [i, { ask }] of wires.entries()) {
    ask(...paths(9));
    await arrived(9 * (i + 1));
  }
  expect(begun).toHaveLength(4 + 2 + 2);
  const left = [begun[4], begun[6]].map((response) => once(response?.req.socket as Socket, "close"));
  wires[1]?.socket.destroy();
  wires[2]?.socket.destroy();
  await Promise.all(left);
  const again = await openWire(port);
  again.ask("/a", "/b");
  await begunAre(10);
  for (const { socket } of [...wires, again]) socket.destroy();
});

it("begins only one more while an answer is not taken, and the others once it is", async () => {
  const { port, begun, paths: begunPaths, arrived, begunAre } = await serve({ atOnce: 100 });
  const wire = await openWire(port);
  wire.socket.pause();
  wire.ask("/long");
  await begunAre(1);
  // More than the operating system keeps for a reader.
  end(begun[0], "x".repeat(20_000_000));
  wire.ask(...paths(5));
  await arrived(6);
  expect(begunPaths()).toEqual(["/long", "/0"]);
  end(begun[1]);
  wire.socket.resume();
  await begunAre(6);
  expect(begunPaths()).toEqual(["/long", ...paths(5)]);
  wire.socket.destroy();
});

it("begins nothing after an answer that closes the connection", async () => {
  const { port, begun, arrived } = await serve();
  const wire = await openWire(port);
  wire.ask(...paths(9));
  await arrived(9);
  begun[0]?.writeHead(200, { Connection: "close" }).end("last");
  await wire.closed;
  expect(wire.statuses()).toEqual([200]);
  expect(begun).toHaveLength(4);
});

it.each<[string, Partial<TurnLimits>]>([
  ["requests than may wait", { waiting: 4 }],
  ["bytes than may wait", { waiting: 1000, waitingBytes: 200_000 }],
  ["requests than may wait on all connections", { waitingInAll: 4 }],
  ["bytes than may wait on all connections", { waiting: 1000, waitingBytesInAll: 200_000 }],
])("closes a connection that sends more %s", async (_, limits) => {
  const { port, begun, cuts } = await serve(limits);
  const wire = await openWire(port);
  const long = `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(15_000)}\r\n\r\n`;
  wire.socket.write(long.repeat(40));
  await wire.closed;
  expect(cuts).toHaveLength(1);
  expect(begun).toHaveLength(4);
  expect(wire.text()).toBe("");
});

it("forgets what waited on a connection that is gone", async () => {
  const { port, cuts, begun, arrived, begunAre } = await serve({ waitingInAll: 6 });
  for (let i = 1; i <= 3; i++) {
    const wire = await openWire(port);
    wire.ask(...paths(9));
    await arrived(9 * i);
    const gone = once(begun[begun.length - 4]?.req.socket as Socket, "close");
    wire.socket.destroy();
    await gone;
  }
  expect(cuts).toEqual([]);
  await begunAre(12);
});

it("leaves the others alone if one connection is closed", async () => {
  const { port, begun, begunAre } = await serve({ waiting: 4 });
  const [patient, greedy] = [await openWire(port), await openWire(port)];
  patient.ask("/patient");
  await begunAre(1);
  greedy.ask(...paths(20));
  await greedy.closed;
  end(begun[0], "served");
  await patient.answers(1);
  expect(patient.text()).toMatch(/served$/);
  patient.socket.destroy();
});
