import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAnswerRoom } from "../../../../apps/server/src/http/edge/answer-room.js";

const LIMITS = { small: 10, perHolder: 100, inAll: 150 };

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

/** One answer to a client of its own. */
async function answering(room: ReturnType<typeof createAnswerRoom>, network = "192.0.2.1") {
  const { client, responses } = await asking();
  const [response] = responses;
  if (response === undefined) throw new Error("not asked");
  return { client, response, answer: room(response, () => network) };
}

describe("the room for answers", () => {
  it("holds a bounded number of bytes for one account until they have left", async () => {
    const room = createAnswerRoom(LIMITS);
    const [one, other] = [await answering(room, "192.0.2.1"), await answering(room, "192.0.2.2")];
    expect(one.answer.take("ada", 60, false)).toBe(true);
    expect(other.answer.take("ada", 60, false)).toBe(false);
    expect(other.answer.take("ada", 40, false)).toBe(true);
    expect(other.answer.take("ada", 1, false)).toBe(false);
    expect(other.answer.hasRoom("ada")).toBe(false);
    one.response.end("sent");
    await once(one.response, "close");
    expect(other.answer.hasRoom("ada")).toBe(true);
    expect(other.answer.take("ada", 60, false)).toBe(true);
  });

  it("holds a bounded number of bytes for one network, whoever is signed in there", async () => {
    const room = createAnswerRoom(LIMITS);
    const [one, other] = [await answering(room), await answering(room)];
    expect(one.answer.take("ada", 60, false)).toBe(true);
    expect(other.answer.take("bob", 60, false)).toBe(false);
  });

  it("holds a bounded number of bytes for all together", async () => {
    const room = createAnswerRoom(LIMITS);
    const taken = [];
    for (let i = 1; i <= 3; i++) {
      const { answer } = await answering(room, `192.0.2.${i}`);
      taken.push(answer.take(`user ${i}`, 60, false));
    }
    expect(taken).toEqual([true, true, false]);
  });

  it("counts the calls of a batch together, and refuses none whose whole answer is small", async () => {
    const room = createAnswerRoom(LIMITS);
    const full = await answering(room);
    expect(full.answer.take("ada", 100, false)).toBe(true);
    const { answer } = await answering(room);
    expect([
      answer.take("bob", 5, false),
      answer.take("bob", 5, false),
      answer.take("bob", 5, false),
    ]).toEqual([true, true, false]);
  });

  it("counts what must be sent, and then refuses what need not be", async () => {
    const room = createAnswerRoom(LIMITS);
    const { answer } = await answering(room);
    expect(answer.take("ada", 400, true)).toBe(true);
    expect([answer.hasRoom("ada"), answer.hasRoom("bob")]).toEqual([false, true]);
    expect(answer.take("ada", 20, false)).toBe(false);
  });

  it("is free again when the connection is closed, also of answers whose turn had not come", async () => {
    const room = createAnswerRoom(LIMITS);
    const { client, responses } = await asking(3);
    const answers = responses.map((response) => room(response, () => "192.0.2.1"));
    for (const answer of answers) expect(answer.take("ada", 30, false)).toBe(true);
    const gone = once(responses[0]?.req.socket as Socket, "close");
    client.destroy();
    await gone;
    const { answer } = await answering(room);
    expect(answer.take("ada", 100, false)).toBe(true);
    // What is made for a client that has left is not kept for it.
    expect(answers[0]?.take("ada", 1000, false)).toBe(true);
    expect(answer.hasRoom("bob")).toBe(true);
  });
});
