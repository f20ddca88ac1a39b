import { once } from "node:events";
import { existsSync, renameSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUSEKEEPING } from "../../../../apps/server/src/cause.js";
import { FEED_KEY, type FeedRequest, type FeedStream, openFeed } from "../../../support/feed.js";
import { login, PASSWORD, send, signUp } from "../../../support/rest.js";
import { changeRows } from "../../../support/rows.js";
import { frozenClock, startServer, type TestClock, type TestServer } from "../../../support/server.js";

const environment = { REVOCATION_FEED_KEY: FEED_KEY, SESSIONS_PER_USER: "3" };
const HOUR_MS = 3_600_000;
const MANY = 200_000;

let clock: TestClock;
let server: TestServer;
let streams: FeedStream[];
beforeEach(async () => {
  clock = frozenClock(Date.now());
  server = await startServer({ environment, clock });
  streams = [];
});
afterEach(async () => {
  for (const stream of streams) stream.close();
  await server.close();
});

const open = async (options?: FeedRequest, from: Pick<TestServer, "url"> = server) => {
  const stream = await openFeed(from, options);
  streams.push(stream);
  return stream;
};
/** A stream that has caught up. */
const listening = async (from?: Pick<TestServer, "url">) => {
  const stream = await open({}, from);
  await stream.untilBeat();
  return stream;
};
const read = (query = "", from = server) =>
  send(from, "GET", `/api/v1/revocations${query}`, { token: FEED_KEY });
const sidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).sid;
const logout = (token: string) => send(server, "POST", "/api/users/logout", { token });

/** A little later than this: the clocks of machines differ. */
const expectSoonAfter = (ms: number, earliestMs: number) => {
  expect(ms).toBeGreaterThan(earliestMs);
  expect(ms).toBeLessThan(earliestMs + 120_000);
};

describe("a stream of sessions that ended", () => {
  it("begins with a snapshot and a beat, and goes on with what ends", async () => {
    const [gone, next] = [await signUp(server), await signUp(server)];
    await logout(gone.token);
    const stream = await open();
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      "content-type": expect.stringMatching(/^text\/event-stream/),
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      connection: "close",
    });
    const [snapshot, ...more] = await stream.untilBeat();
    expect(more).toEqual([]);
    expect(snapshot).toMatchObject({ type: "snapshot", data: { sids: [sidOf(gone.token)] } });
    await logout(next.token);
    const event = await stream.next();
    expect(event).toMatchObject({ type: "message", data: { sids: [sidOf(next.token)] } });
    // By then, every token of the session has expired.
    expectSoonAfter(event?.data.until, clock.nowMs() + 24 * HOUR_MS);
    expect(event?.id).toMatch(/^\d+\.\d+$/);
  });

  it("tells of each session that ends, however it ends, and of no other", async () => {
    const { email, token } = await signUp(server);
    const stream = await listening();
    const ends = async (
      tokens: readonly string[],
      end: () => Promise<{ readonly status: number } | undefined>,
    ) => {
      expect((await end())?.status ?? 200).toBeLessThan(300);
      const heard = new Set<string>();
      while (heard.size < tokens.length) for (const sid of await stream.nextEnded()) heard.add(sid);
      expect([...heard].sort()).toEqual(tokens.map(sidOf).sort());
    };
    const again = async () => {
      clock.advance({ seconds: 1 });
      return login(server, email);
    };
    const [second, third] = [await again(), await again()];
    let fourth = "";
    // Evicted: three sessions are allowed.
    await ends([token], async () => {
      fourth = await again();
      return undefined;
    });
    // An exchanged token is not the end of its session.
    const kept = (await send(server, "POST", "/api/users/refresh_token", { token: fourth })).json
      .access_token;
    await ends([second], () => send(server, "DELETE", `/api/v1/sessions/${sidOf(second)}`, { token: kept }));
    await ends([third], () => send(server, "POST", "/api/v1/sessions/end-others", { token: kept }));
    const other = await again();
    const passwords = { oldPassword: PASSWORD, newPassword: "another correct battery" };
    await ends([other], () =>
      send(server, "POST", "/api/v1/account/password", { token: kept, json: passwords }),
    );
    // The session that changed the password goes on.
    expect((await send(server, "GET", "/api/v1/sessions", { token: kept })).status).toBe(200);
    const last = await login(server, email, passwords.newPassword);
    await ends([kept, last], () => send(server, "POST", "/api/v1/sessions/end-all", { token: kept }));
  });

  it("tells of a session whose token was stolen, and of those of disabled and deleted accounts", async () => {
    const stream = await listening();
    const { accounts, sessions } = server.app.features;
    const { token: stolen } = await signUp(server);
    const headers = { "Idempotency-Key": "0123456789abcdef0123" };
    await send(server, "POST", "/api/users/refresh_token", { token: stolen, headers });
    clock.advance({ minutes: 5 });
    await send(server, "POST", "/api/users/refresh_token", { token: stolen });
    expect(await stream.nextEnded()).toEqual([sidOf(stolen)]);
    const [disabled, deleted] = [(await signUp(server)).token, (await signUp(server)).token];
    await accounts.disable((await sessions.authenticate(disabled)).account, undefined, HOUSEKEEPING);
    expect(await stream.nextEnded()).toEqual([sidOf(disabled)]);
    await accounts.delete((await sessions.authenticate(deleted)).account.uuid, HOUSEKEEPING);
    expect(await stream.nextEnded()).toEqual([sidOf(deleted)]);
  });

  it("hears what another process ended", async () => {
    const { databasePath } = server;
    const other = await startServer({ environment, clock, databasePath });
    const stream = await listening(other);
    const { token } = await signUp(server);
    await logout(token);
    expect(await stream.nextEnded()).toEqual([sidOf(token)]);
    await other.close();
  });

  it.each(["Last-Event-ID", "?after="])("resumes after a restart by %s, and misses nothing", async (way) => {
    const { databasePath } = server;
    const first = await startServer({ environment, clock, databasePath });
    const stream = await listening(first);
    const tokens = [(await signUp(server)).token, (await signUp(server)).token, (await signUp(server)).token];
    await logout(tokens[0] ?? "");
    const event = await stream.next();
    await first.close();
    await logout(tokens[1] ?? "");
    await logout(tokens[2] ?? "");
    const cursor = event?.id ?? "";
    const again = await startServer({ environment, clock, databasePath });
    const resumed = await open(
      way === "?after=" ? { query: `?after=${cursor}` } : { lastEventId: cursor, query: "?after=1.1" },
      again,
    );
    const heard = await resumed.untilBeat();
    expect(heard).toMatchObject([{ type: "message", data: { sids: tokens.slice(1).map(sidOf) } }]);
    // Nothing was missed: only the beat comes.
    const current = await open({ lastEventId: heard[0]?.id }, again);
    expect(await current.untilBeat()).toEqual([]);
    await again.close();
  });

  it.each(["1.1", "999999999.1", "nonsense", "1.1; DROP TABLE changes", "9".repeat(400)])(
    "begins with a snapshot if the cursor is not known: %s",
    async (lastEventId) => {
      const { token } = await signUp(server);
      await logout(token);
      const [snapshot] = await (await open({ lastEventId })).untilBeat();
      expect(snapshot).toMatchObject({ type: "snapshot", data: { sids: [sidOf(token)] } });
    },
  );

  it("does not tell of sessions whose tokens have all expired by now", async () => {
    const { token } = await signUp(server);
    await logout(token);
    clock.advance({ days: 1, minutes: 2 });
    expect(await (await open()).untilBeat()).toMatchObject([{ type: "snapshot", data: { sids: [] } }]);
  });

  it("beats every five seconds", async () => {
    const stream = await listening();
    clock.advance({ seconds: 5 });
    expect(await stream.next()).toEqual({ type: "beat", id: undefined, data: {} });
  });

  it("begins with a snapshot again if the history is another one, and says nothing wrong", async () => {
    const { token } = await signUp(server);
    const stream = await listening();
    await changeRows(server.host, "UPDATE changes SET tag = tag + 1");
    await logout(token);
    const snapshot = await stream.next();
    expect(snapshot?.type).toBe("snapshot");
    // It may have been read before the logout.
    const ended = snapshot?.data.sids.length > 0 ? snapshot?.data.sids : await stream.nextEnded();
    expect(ended).toEqual([sidOf(token)]);
  });

  it("sends a long snapshot in pieces of 1,000", async () => {
    const sids = await endMany(2500);
    const pieces = await (await open()).untilBeat();
    expect(pieces.map(({ type, data }) => [type, data.sids.length])).toEqual([
      ["snapshot", 1000],
      ["snapshot", 1000],
      ["snapshot", 500],
    ]);
    expect(pieces.flatMap(({ data }) => data.sids)).toEqual(sids);
    // A reader that was cut off in the middle of it continues there.
    const rest = await (await open({ lastEventId: pieces[0]?.id })).untilBeat();
    expect(rest.flatMap(({ data }) => data.sids)).toEqual(sids.slice(1000));
  });
});

describe("the feed as JSON", () => {
  it("answers with a snapshot, then with what ended after the cursor", async () => {
    const tokens = [(await signUp(server)).token, (await signUp(server)).token];
    await logout(tokens[0] ?? "");
    const first = await read();
    expect(first.headers.get("cache-control")).toBe("no-store");
    const until = expect.any(Number);
    const [gone, next] = tokens.map(sidOf);
    const cursor = expect.stringMatching(/^\d+\.\d+$/);
    expect(first.json).toEqual({ snapshot: true, sids: [gone], until, cursor, more: false });
    await logout(tokens[1] ?? "");
    const second = await read(`?after=${first.json.cursor}`);
    expect(second.json).toEqual({ snapshot: false, sids: [next], until, cursor, more: false });
    const third = await read(`?after=${second.json.cursor}`);
    expect(third.json).toMatchObject({ snapshot: false, sids: [], cursor: second.json.cursor, more: false });
    expect((await read("?after=7.7")).json).toMatchObject({ snapshot: true, sids: [gone, next] });
  });

  it("says when there is more", async () => {
    const sids = await endMany(1500);
    const first = (await read()).json;
    const second = (await read(`?after=${first.cursor}`)).json;
    expect([first.more, second.more]).toEqual([true, false]);
    expect([...first.sids, ...second.sids]).toEqual(sids);
  });

  it("is unavailable while the database is, as the stream is", async () => {
    const isFile = existsSync(server.databasePath);
    if (isFile) renameSync(server.databasePath, `${server.databasePath}.away`);
    else await server.host.database.close();
    server.host.database.state();
    const answer = await read();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(answer.json.error.code).toBe("UNAVAILABLE");
    expect((await open()).status).toBe(503);
    if (isFile) renameSync(`${server.databasePath}.away`, server.databasePath);
  });
});

describe("the door of the feed", () => {
  it.each(["", "wrong", `${FEED_KEY}x`, FEED_KEY.slice(1)])("refuses the key %j", async (key) => {
    const stream = await open({ key });
    expect([stream.status, stream.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect(JSON.parse(stream.text).error.code).toBe("FEED_KEY_INVALID");
    expect(stream.text + server.logLines.join("")).not.toContain(FEED_KEY);
  });

  it("says so in Chinese", async () => {
    const headers = { "Accept-Language": "zh-CN" };
    const answer = await send(server, "GET", "/api/v1/revocations", { headers });
    expect(answer.json.error.message).toMatch(/密钥/);
  });

  it("does not take a user's token for the key", async () => {
    const { token } = await signUp(server);
    expect((await send(server, "GET", "/api/v1/revocations", { token })).status).toBe(401);
  });

  it("does not exist without a key in the settings", async () => {
    const without = await startServer();
    const paths = ["/api/v1/revocations", "/api/v1/nothing"];
    const answers = await Promise.all(paths.map((path) => send(without, "GET", path, { token: FEED_KEY })));
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]?.text).toBe(answers[1]?.text);
    await without.close();
  });

  it("answers HEAD without opening a stream, and no other method", async () => {
    const head = await open({ method: "HEAD" });
    expect([head.status, head.headers["content-type"]]).toEqual([200, expect.stringMatching(/event-stream/)]);
    expect(await head.next()).toBeUndefined();
    for (const method of ["POST", "PUT", "DELETE"]) {
      const answer = await send(server, method, "/api/v1/revocations", { token: FEED_KEY });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      expect(answer.json.error.code).toBe("METHOD_NOT_ALLOWED");
    }
  });

  it("refuses a stream too many, and takes one again when another has left", async () => {
    const small = await startServer({ environment: { ...environment, CONNECTIONS: "20" }, clock });
    for (let i = 0; i < 10; i++) expect((await open({}, small)).status).toBe(200);
    const refused = await open({}, small);
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "1"]);
    expect(JSON.parse(refused.text).error.code).toBe("FEED_FULL");
    // Asking once costs no stream.
    expect((await read("", small)).status).toBe(200);
    streams[0]?.close();
    await expect.poll(async () => (await open({}, small)).status).toBe(200);
    await small.close();
  });

  it("ends streams first when the server stops, and refuses new ones", async () => {
    const stream = await listening();
    server.app.startDraining();
    expect(await stream.next()).toBeUndefined();
    const refused = await open();
    expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([503, "FEED_FULL"]);
  });

  it("cuts off a reader that does not read, and nobody else", { timeout: 120_000 }, async () => {
    const other = await listening();
    const arrived = once(server.app.server, "request");
    const socket = connect(server.port, "127.0.0.1");
    const head = ["GET /api/v1/revocations HTTP/1.1", "Host: x", "Accept: text/event-stream"];
    socket.write(`${[...head, `Authorization: Bearer ${FEED_KEY}`].join("\r\n")}\r\n\r\n`);
    const [, response] = (await arrived) as [unknown, ServerResponse];
    await once(socket, "readable");
    const closed = once(response, "close");
    // More than the operating system takes for a client that does not read.
    const ending = endMany(MANY, 60);
    let heard = 0;
    while (heard < MANY) heard += (await other.nextEnded()).length;
    await ending;
    await closed;
    expect(response.writableFinished).toBe(false);
    socket.destroy();
  });

  it("keeps the streams of a connection within bounds that sends several at once", async () => {
    const socket = connect(server.port, "127.0.0.1");
    const head = ["GET /api/v1/revocations HTTP/1.1", "Host: x", "Accept: text/event-stream"];
    const one = `${[...head, `Authorization: Bearer ${FEED_KEY}`].join("\r\n")}\r\n\r\n`;
    socket.write(one.repeat(50));
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    await expect.poll(() => text).toContain("event: beat");
    server.app.startDraining();
    await once(socket, "close");
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  });
});

/** Notes the ends of sessions that there are none of. */
async function endMany(count: number, idLength = 16): Promise<string[]> {
  const sids = Array.from({ length: count }, (_, i) => `s${String(i).padStart(idLength, "0")}`);
  for (let at = 0; at < count; at += 10_000) {
    const rows = sids
      .slice(at, at + 10_000)
      .map((sid, i) => `(${1_000_000 + at + i}, 1, 'r', '${sid}', ${clock.nowMs()})`);
    await changeRows(server.host, `INSERT INTO changes (n, tag, kind, id, at) VALUES ${rows.join()}`);
  }
  return sids;
}
