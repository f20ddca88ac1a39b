import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAnswerRoom } from "../../../../apps/server/src/http/edge/answer-room.js";

const LIMITS = { small: 10, perAccount: 100, perNetwork: 150, perSite: 200, inAll: 300 };

let server: Server;
beforeEach(async () => {
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A client with so many requests on one connection, none of which has been answered. */
async function asking(requests = 1): Promise<{ client: Socket; responses: readonly ServerResponse[] }> {
  const responses: ServerResponse[] = [];
  const all = new Promise<void>((resolve) => {
    server.on("request", function take(_request, response) {
      responses.push(response);
      if (responses.length < requests) return;
      server.off("request", take);
      resolve();
    });
  });
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => {}).resume();
  client.write(REQUEST.repeat(requests));
  await all;
  return { client, responses };
}

let cuts: string[];
let room: ReturnType<typeof createAnswerRoom>;
beforeEach(() => {
  cuts = [];
  room = createAnswerRoom(LIMITS, (bound) => cuts.push(bound));
});

/** Addresses as letters: the first is the site, all of them the network. */
const at = (network: string) => ({ network: () => network, site: () => network.charAt(0) });

/** One answer to a client of its own. */
async function answering(network: string) {
  const { client, responses } = await asking();
  const [response] = responses;
  if (response === undefined) throw new Error("not asked");
  const { take } = room(response, at(network));
  return { client, response, take, isCut: () => response.req.socket.destroyed };
}

/** An answer of so many bytes, if there is room for it. */
async function made(account: string, network: string, bytes: number) {
  const answer = await answering(network);
  return { ...answer, fits: answer.take(account, bytes, false) };
}

describe("the room for answers", () => {
  it("holds a bounded number of bytes for one account until they have left", async () => {
    const one = await made("ada", "a1", 60);
    const other = await answering("a2");
    expect(other.take("ada", 40, false)).toBe(true);
    expect(other.take("ada", 1, false)).toBe(false);
    one.response.end("sent");
    await once(one.response, "close");
    expect(other.take("ada", 60, false)).toBe(true);
    expect(cuts).toEqual([]);
  });

  it("holds a bounded number of bytes for one network, more than for one account there", async () => {
    expect((await made("ada", "a1", 60)).fits).toBe(true);
    expect((await made("ada", "a1", 60)).fits).toBe(false);
    expect((await made("bob", "a1", 60)).fits).toBe(true);
    expect((await made("bob", "a1", 40)).fits).toBe(false);
  });

  it("holds a bounded number of bytes for one site, whichever of its networks and accounts ask", async () => {
    const first = [await made("ada", "a1", 60), await made("bob", "a2", 70), await made("eve", "a3", 60)];
    expect(first.map(({ fits }) => fits)).toEqual([true, true, true]);
    expect((await made("bob", "a2", 20)).fits).toBe(false);
    expect((await made("guy", "b1", 60)).fits).toBe(true);
    expect(cuts).toEqual([]);
  });

  it("holds a bounded number of bytes for all together, and those who hold the most yield", async () => {
    const hog = [await made("ada", "a1", 70), await made("bob", "a2", 70)];
    const others = [await made("eve", "b1", 80), await made("guy", "c1", 70)];
    const newcomer = await made("sam", "d1", 60);
    expect([newcomer.fits, ...others.map(({ fits }) => fits)]).toEqual([true, true, true]);
    expect(hog.map(({ isCut }) => isCut())).toEqual([true, false]);
    expect(others.map(({ isCut }) => isCut())).toEqual([false, false]);
    expect(cuts).toEqual(["memory"]);
    // None holds more than this one would.
    expect((await made("sam", "d2", 70)).fits).toBe(false);
    expect(cuts).toEqual(["memory"]);
  });

  it("makes way for the first answer of those who hold nothing, however many hold a little", async () => {
    for (const site of "abcdefghijklmno") expect((await made(site, `${site}1`, 20)).fits).toBe(true);
    const newcomer = await made("sam", "z1", 90);
    expect(newcomer.fits).toBe(true);
    expect(cuts).toHaveLength(5);
    expect(newcomer.isCut()).toBe(false);
    expect((await made("sam", "z1", 20)).fits).toBe(false);
  });

  it("makes way in a full account for a caller elsewhere, in a full network for another account", async () => {
    const thief = [await made("ada", "a1", 60), await made("ada", "a2", 40)];
    const owner = await made("ada", "b1", 50);
    expect([owner.fits, ...thief.map(({ isCut }) => isCut())]).toEqual([true, true, false]);

    const hogs = [await made("eve", "c1", 90), await made("guy", "c1", 60)];
    const neighbour = await made("sam", "c1", 40);
    expect([neighbour.fits, ...hogs.map(({ isCut }) => isCut())]).toEqual([true, true, false]);
  });

  it("closes no connection for an answer that has no room in any case, nor the one that it is sent on", async () => {
    const held = await made("ada", "a1", 60);
    expect((await made("ada", "b1", 120)).fits).toBe(false);
    expect(held.isCut()).toBe(false);
    const { responses } = await asking(2);
    const [one, other] = responses.map((response) => room(response, at("c1")));
    expect(one?.take("eve", 90, false)).toBe(true);
    expect(other?.take("guy", 70, false)).toBe(false);
    expect(responses[0]?.req.socket.destroyed).toBe(false);
    expect(cuts).toEqual([]);
  });

  it("counts the calls of a batch together, and refuses none whose whole answer is small", async () => {
    for (const account of ["ada", "bob"]) await made(account, "a1", 75);
    const { take } = await answering("a1");
    const calls = [take("ada", 5, false), take("ada", 5, false), take("ada", 25, false)];
    expect(calls).toEqual([true, true, false]);
  });

  it("refuses nothing that must be sent, counts it, and then refuses what need not be", async () => {
    const { take } = await answering("a1");
    expect(take("ada", 400, true)).toBe(true);
    expect(take("ada", 20, false)).toBe(false);
    expect(take("ada", 400, true)).toBe(true);
    const small = await answering("a1");
    expect(small.take("ada", 10, false)).toBe(true);
    expect(cuts).toEqual([]);
  });

  it("is free again when the connection is closed, also of answers whose turn had not come", async () => {
    const { client, responses } = await asking(3);
    const answers = responses.map((response) => room(response, at("a1")));
    for (const answer of answers) expect(answer.take("ada", 30, false)).toBe(true);
    const gone = once(responses[0]?.req.socket as Socket, "close");
    client.destroy();
    await gone;
    expect((await made("ada", "a1", 100)).fits).toBe(true);
    // What is made for a client that has left is not kept for it.
    expect(answers[0]?.take("bob", 1000, false)).toBe(true);
    expect((await made("bob", "a1", 50)).fits).toBe(true);
  });
});
