import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { pipeline, Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { boundServer } from "../../../../apps/server/src/http/edge/bounds.js";
import type { Bound } from "../../../../apps/server/src/http/edge/connection.js";
import {
  type ConnectionLimits,
  createConnections,
} from "../../../../apps/server/src/http/edge/connections.js";
import { networksOfSocket, parseTrustedProxies } from "../../../../apps/server/src/http/request/network.js";
import { openWire, type Wire } from "../../../support/wire.js";

const LIMITS: ConnectionLimits = {
  inAll: 100,
  perNetwork: 100,
  takenBytes: 1_000_000,
  takenMs: 20_000,
  heldBytes: 100_000_000,
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Options {
  readonly limits?: Partial<ConnectionLimits>;
  readonly networksOf?: (socket: Socket) => readonly string[];
}

/** A server whose requests the test answers, and each IPv4 address is a network. */
async function serve({ limits, networksOf = ({ remoteAddress = "" }) => [remoteAddress] }: Options) {
  const cuts: Bound[] = [];
  const begun: ServerResponse[] = [];
  const connections = createConnections({
    limits: { ...LIMITS, ...limits },
    networksOf,
    onCut: (bound) => cuts.push(bound),
  });
  let changed = () => {};
  const server = createServer((request, response) => {
    connections.arrived(request.socket, response);
    if (request.url !== "/waits") connections.began(request.socket);
    begun.push(response);
    changed();
  }).listen(0, "127.0.0.1");
  server.on("connection", connections.admit);
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    cuts,
    connections,
    begun,
    /** Opens a connection, once the server knows it. */
    async open(localAddress = "127.0.0.1"): Promise<Wire> {
      const known = once(server, "connection");
      const wire = await openWire(port, { localAddress });
      await known;
      return wire;
    },
    async begunAre(count: number) {
      while (begun.length < count) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    },
  };
}

describe("one connection too many", () => {
  it("closes the oldest of its network that is idle", async () => {
    const { open, begun, begunAre, cuts, connections } = await serve({ limits: { perNetwork: 2 } });
    const [busy, idle] = [await open(), await open()];
    busy.ask("/");
    await begunAre(1);
    const newcomer = await open();
    await idle.closed;
    expect(cuts).toEqual(["network"]);
    expect(connections.count()).toBe(2);
    begun[0]?.end("busy");
    await busy.answers(1);
    newcomer.ask("/");
    await begunAre(2);
    begun[1]?.end("new");
    await newcomer.answers(1);
  });

  it("closes one that has not sent its whole body if none is idle", async () => {
    const { open, begunAre } = await serve({ limits: { perNetwork: 2 } });
    const [busy, slow] = [await open(), await open()];
    busy.ask("/");
    slow.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    await begunAre(2);
    await open();
    await slow.closed;
  });

  it("closes one that does not take its answer if none is idle", async () => {
    const { open, begun, begunAre } = await serve({ limits: { perNetwork: 2 } });
    const [busy, deaf] = [await open(), await open()];
    deaf.socket.pause();
    busy.ask("/");
    await begunAre(1);
    deaf.ask("/");
    await begunAre(2);
    const deafSocket = begun[1]?.socket as Socket;
    begun[1]?.end("x".repeat(20_000_000));
    const closed = once(deafSocket, "close");
    await open();
    await closed;
  });

  it("closes one whose request has not been begun if none is idle", async () => {
    const { open, begunAre } = await serve({ limits: { perNetwork: 2 } });
    const [busy, waiting] = [await open(), await open()];
    busy.ask("/");
    await begunAre(1);
    waiting.ask("/waits");
    await begunAre(2);
    await open();
    await waiting.closed;
  });

  it("is closed itself if something is being done for all others", async () => {
    const { open, begun, begunAre, cuts } = await serve({ limits: { perNetwork: 2 } });
    const busy = [await open(), await open()];
    for (const { ask } of busy) ask("/");
    await begunAre(2);
    await (await open()).closed;
    expect(cuts).toEqual(["network"]);
    for (const response of begun) response.end("served");
    for (const wire of busy) await wire.answers(1);
  });

  it("concerns no other network, unless there are too many in all", async () => {
    const { open, cuts } = await serve({ limits: { perNetwork: 2, inAll: 5 } });
    const first = await open("127.0.0.2");
    await open("127.0.0.2");
    for (const address of ["127.0.0.3", "127.0.0.3", "127.0.0.4"]) await open(address);
    expect(cuts).toEqual([]);
    await open("127.0.0.5");
    await first.closed;
    expect(cuts).toEqual(["connections"]);
  });

  it("is closed in a network that has many rather than in one that has few, even if that one is idle", async () => {
    const { open, begun, begunAre } = await serve({ limits: { inAll: 4 } });
    const few = await open("127.0.0.2");
    const many = [];
    for (let i = 0; i < 3; i++) many.push(await open("127.0.0.3"));
    await open("127.0.0.3");
    await many[0]?.closed;
    few.ask("/");
    await begunAre(1);
    begun[0]?.end("served");
    await few.answers(1);
  });

  it("is counted four times as often for the wider network", async () => {
    let opened = 0;
    const { open, cuts } = await serve({
      limits: { perNetwork: 2 },
      networksOf: () => [`2001:db8:0:${(opened++).toString(16)}::/64`, "2001:db8:0::/48"],
    });
    const first = await open();
    for (let i = 0; i < 7; i++) await open();
    expect(cuts).toEqual([]);
    await open();
    await first.closed;
    expect(cuts).toEqual(["network"]);
  });

  it("is not one once another has left", async () => {
    const { open, connections, cuts } = await serve({ limits: { perNetwork: 2, inAll: 2 } });
    for (let i = 0; i < 5; i++) {
      const wire = await open();
      wire.socket.destroy();
      while (connections.count() > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(cuts).toEqual([]);
  });
});

describe("a look at all connections", () => {
  it("closes those that do not take their answers, and no other", async () => {
    const { open, begun, begunAre, connections, cuts } = await serve({});
    const [deaf, reading, idle] = [await open(), await open(), await open()];
    deaf.socket.pause();
    for (const [i, wire] of [deaf, reading].entries()) {
      wire.ask("/");
      await begunAre(i + 1);
    }
    const deafSocket = begun[0]?.socket as Socket;
    for (const response of begun) response.end("x".repeat(20_000_000));
    connections.sweep(0);
    while (reading.text().length < 20_000_000) await once(reading.socket, "data");
    connections.sweep(20_000);
    expect(cuts).toEqual([]);
    connections.sweep(20_001);
    expect(cuts).toEqual(["unread"]);
    expect(deafSocket.destroyed).toBe(true);
    reading.ask("/");
    idle.ask("/");
    await begunAre(4);
  });

  it("gives more time to those that take enough", async () => {
    const { open, begun, begunAre, connections, cuts } = await serve({ limits: { takenBytes: 1000 } });
    const slow = await open();
    slow.socket.pause();
    slow.ask("/");
    await begunAre(1);
    const response = begun[0] as ServerResponse;
    const socket = response.socket as Socket;
    // In pieces, as large answers are sent.
    const pieces = Array.from({ length: 200 }, () => Buffer.alloc(100_000));
    pipeline(Readable.from(pieces), response, () => {});
    while (socket.writableLength === 0) await new Promise((resolve) => setImmediate(resolve));
    connections.sweep(0);
    const before = socket.bytesWritten;
    slow.socket.resume();
    while (socket.bytesWritten < before + 1_000_000) await new Promise((resolve) => setImmediate(resolve));
    slow.socket.pause();
    connections.sweep(20_001);
    connections.sweep(40_001);
    expect(cuts).toEqual([]);
    connections.sweep(40_002);
    expect(cuts).toEqual(["unread"]);
  });

  it("closes those that hold the most if all hold too much", async () => {
    const { open, begun, begunAre, connections, cuts } = await serve({ limits: { heldBytes: 100_000 } });
    const sizes = [10_000, 60_000, 50_000];
    const wires = [];
    for (const [i, size] of sizes.entries()) {
      const wire = await open();
      wire.socket.write(
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size + 1}\r\n\r\n${"x".repeat(size)}`,
      );
      await begunAre(i + 1);
      let received = 0;
      const request = begun[i]?.req;
      request?.on("data", (chunk) => {
        received += chunk.length;
      });
      while (received < size) await new Promise((resolve) => setImmediate(resolve));
      wires.push(wire);
    }
    connections.sweep(0);
    await wires[1]?.closed;
    expect(cuts).toEqual(["memory"]);
  });

  it("does not count what earlier requests of a connection sent", async () => {
    const { open, begun, begunAre, connections, cuts } = await serve({ limits: { heldBytes: 100_000 } });
    const wire = await open();
    for (let i = 0; i < 5; i++) {
      wire.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n${"x".repeat(40_000)}`);
      await begunAre(i + 1);
      begun[i]?.req.resume();
      begun[i]?.end();
      await wire.answers(i + 1);
      connections.sweep(i);
    }
    expect(cuts).toEqual([]);
  });
});

describe("the networks of a connection", () => {
  const of = (remoteAddress: string, proxies: string) => {
    const trusted = parseTrustedProxies(proxies);
    if ("fault" in trusted) throw new Error(trusted.fault);
    return networksOfSocket({ remoteAddress } as Socket, trusted.value);
  };

  it("are an IPv4 address, even inside IPv6, or the /64 and the /48 of an IPv6 address", () => {
    expect(of("192.0.2.1", "0")).toEqual(["192.0.2.1"]);
    expect(of("::ffff:192.0.2.1", "0")).toEqual(["192.0.2.1"]);
    expect(of("2001:db8:1:2:3:4:5:6", "0")).toEqual(["2001:db8:1:2::/64", "2001:db8:1::/48"]);
  });

  it("are none for the operator's own proxies, which bring the requests of many", () => {
    expect(of("192.0.2.1", "1")).toEqual([]);
    expect(of("10.1.2.3", "10.0.0.0/8")).toEqual([]);
    expect(of("::ffff:10.1.2.3", "10.0.0.0/8")).toEqual([]);
    expect(of("192.0.2.1", "10.0.0.0/8")).toEqual(["192.0.2.1"]);
  });
});

describe("a server that stops", () => {
  /** More than the operating system keeps for a reader. */
  const LONG = "x".repeat(20_000_000);

  it.each(["alone", "ahead of another"])("lets an answer leave that was given already: %s", async (what) => {
    const begun: ServerResponse[] = [];
    let changed = () => {};
    const server = createServer();
    const { handle } = boundServer(server, {
      counts: { inAll: 10, perNetwork: 10 },
      networksOf: () => [],
      pathOf: () => [],
      begin(request, response) {
        if (request.url === "/idle") return void response.end();
        begun.push(response);
        changed();
      },
      onCut: () => {},
    });
    server.on("request", handle).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const idle = await openWire(port);
    idle.ask("/idle");
    await idle.answers(1);
    const reader = await openWire(port);
    reader.socket.pause();
    const paths = what === "alone" ? ["/long"] : ["/long", "/next"];
    reader.ask(...paths);
    while (begun.length < paths.length) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
    begun[0]?.end(LONG);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    begun[1]?.end("next");
    const left = begun.map((response) => once(response, "close"));
    let received = 0;
    const whole = new Promise<void>((resolve) => {
      reader.socket.removeAllListeners("data").on("data", (chunk) => {
        received += chunk.length;
        if (received > LONG.length) resolve();
      });
    });
    reader.socket.resume();
    await Promise.all([...left, whole]);
    server.closeIdleConnections();
    await Promise.all([closed, idle.closed]);
  });
});
