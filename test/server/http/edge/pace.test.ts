import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPace, type Pace } from "../../../../apps/server/src/http/edge/pace.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { openWire, type Wire } from "../../../support/wire.js";

const LIMITS = { turnMs: 10, acceptingMs: 30 };
const TASK_MS = 4;

let nowMs: number;
let begun: string[];
let pace: Pace;
beforeEach(() => {
  nowMs = 0;
  begun = [];
  pace = createPace({ limits: LIMITS, nowMs: () => nowMs });
});

/** Something that takes its time in a microtask, as calls of tRPC do. */
const begin = (...path: readonly string[]) =>
  pace.begin(
    () => path,
    () => {
      begun.push(path.join(" "));
      queueMicrotask(() => {
        nowMs += TASK_MS;
      });
    },
  );
const microtasks = () => new Promise<void>((resolve) => process.nextTick(resolve));
/** Lets the pace end its turn, and begin what it then has time for. */
const turn = () => new Promise(setImmediate);
/** How many have been begun at the end of each turn, until all have. */
async function progress(count: number): Promise<readonly number[]> {
  const seen = [begun.length];
  while (begun.length < count) {
    await turn();
    seen.push(begun.length);
  }
  return seen;
}

describe("in one turn of the event loop", () => {
  it("as much is begun as there is time for, and the rest in the next ones", async () => {
    for (let i = 0; i < 8; i++) {
      begin("a");
      await microtasks();
    }
    expect(await progress(8)).toEqual([3, 6, 8]);
  });

  it("one is begun, even if it takes longer", async () => {
    pace = createPace({ limits: { ...LIMITS, turnMs: 1 }, nowMs: () => nowMs });
    for (let i = 0; i < 3; i++) {
      begin("a");
      await microtasks();
    }
    expect(await progress(3)).toEqual([1, 2, 3]);
  });
});

describe("what waits", () => {
  it("is begun by turns of its sites, then of their networks", async () => {
    for (const network of ["1", "1", "1", "1", "1", "1", "2"]) {
      begin("attacker", network);
      await microtasks();
    }
    begin("honest", "1");
    while (begun.length < 8) await turn();
    expect(begun.slice(3)).toEqual(["attacker 1", "honest 1", "attacker 2", "attacker 1", "attacker 1"]);
  });

  it("is begun before what comes later, even if there is time", async () => {
    for (let i = 0; i < 4; i++) {
      begin("first");
      await microtasks();
    }
    nowMs = 0;
    begin("second");
    while (begun.length < 5) await turn();
    expect(begun.at(-1)).toBe("second");
  });

  it("waits for connections that are being accepted, but not for long", async () => {
    for (let i = 0; i < 4; i++) {
      begin("a");
      await microtasks();
    }
    const seen: number[] = [];
    while (begun.length < 4) {
      pace.accepted();
      nowMs += 10;
      await turn();
      seen.push(begun.length);
    }
    expect(seen).toEqual([3, 3, 3, 4]);
  });
});

describe("beside many batches of calls from one site", () => {
  let server: TestServer;
  let strangers: readonly Wire[];
  let other: Wire;
  beforeEach(async () => {
    server = await startServer();
    strangers = await Promise.all(
      Array.from({ length: 100 }, () => openWire(server.port, { localAddress: "127.0.1.1" })),
    );
    other = await openWire(server.port);
    const path = `/trpc/${Array.from({ length: 20 }, () => "users.me").join(",")}?batch=1`;
    const headers = "Host: a\r\ntrpc-accept: application/jsonl\r\n\r\n";
    for (const { socket } of strangers) socket.write(`GET ${path} HTTP/1.1\r\n${headers}`);
  });
  afterEach(async () => {
    for (const { socket } of [...strangers, other]) socket.destroy();
    await server.close();
  });

  it("another site is answered before most of them", async () => {
    other.ask("/livez");
    await other.answers(1);
    expect(strangers.filter(({ text }) => text() !== "").length).toBeLessThan(50);
    await Promise.all(strangers.map((each) => each.answers(1)));
    expect(new Set(strangers.flatMap((each) => each.statuses()))).toEqual(new Set([200]));
  });

  it.each(["/trpc/users.login", "/api/users/login", "/nothing-here"])(
    "a request whose body cannot be read is refused once, even before it is begun: %s",
    async (path) => {
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
      other.socket.write(`${head}Transfer-Encoding: chunked\r\n\r\nno length\r\n`);
      await other.closed;
      expect(other.statuses()).toEqual([400]);
      await Promise.all(strangers.map((each) => each.answers(1)));
    },
  );
});
