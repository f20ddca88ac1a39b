// A login storm at full price, slow clients, endless bodies, bombs, smuggling: other users notice nothing.
import { gzipSync } from "node:zlib";
import { freePort } from "../support/port.js";
import { freshEmail, login, me, register, signUp, times, verify } from "./support/calls.js";
import { collectable, collectGarbage } from "./support/garbage.js";
import { isHonest, type Outcome, openClient } from "./support/http.js";
import { expectNone, expectThat, prove, quantile, say, tally } from "./support/report.js";
import { residentMiB, type Server, sleep, startServer } from "./support/server.js";
import { type Heard, speak } from "./support/sockets.js";

const CLIENTS = 400;
const STORM_MS = 20_000;
/** A check may wait 5 s for a core; after that it is answered 503. */
const DEADLINE_MS = 10_000;
const MAX_GROWTH_MIB = 200;
const SLOW_SOCKETS = 300;
/** 10 s for a head, 20 s for a request, checked every 2 s. */
const CUT_WITHIN_MS = 25_000;

await prove("storm", async () => {
  await loginStorm();
  const server = await startServer();
  await slowClients(server);
  await endlessBodies(server);
  await bombs(server);
  await smuggling(server);
  expectThat((await server.stop("SIGTERM")) === 0, "exit code 0 afterwards");
});

/** A client that asks for a token again and again, calmly, until told to stop. */
async function calm(server: Server): Promise<{ end(): Promise<Outcome[]> }> {
  const client = openClient(server.port);
  const { token } = await signUp(client);
  const seen: Outcome[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      seen.push(await verify(client, token));
      await sleep(10);
    }
  })();
  return {
    async end() {
      over = true;
      await asking;
      client.close();
      return seen;
    },
  };
}

function judgeCalm(name: string, seen: readonly Outcome[]): void {
  const waits = seen.map(({ ms }) => ms);
  const figures =
    `p50 ${quantile(waits, 0.5).toFixed(1)}, p99 ${quantile(waits, 0.99).toFixed(1)}, slowest ` +
    `${Math.max(...waits).toFixed(0)} ms`;
  expectNone(
    seen.filter(({ status }) => status !== 200).length,
    `${name}: others' verify refused, of ${seen.length}`,
  );
  expectThat(quantile(waits, 0.99) < 250, `${name}: others' verify: ${figures}`);
}

async function loginStorm(): Promise<void> {
  const inspectorPort = await freePort();
  const server = await startServer({ cheapHashes: false, environment: collectable(inspectorPort) });
  const emails = times(20, freshEmail);
  for (const email of emails) await register(server.client, email);
  await Promise.all(emails.map((email) => login(server.client, email)));
  await collectGarbage(inspectorPort);
  const beforeMiB = residentMiB(server.pid);
  let peakMiB = 0;
  const watching = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(server.pid));
  }, 100);
  const others = await calm(server);
  const untilMs = performance.now() + STORM_MS;
  const storming = times(CLIENTS, async (i) => {
    const client = openClient(server.port, { deadlineMs: DEADLINE_MS });
    const seen: Outcome[] = [];
    await sleep(i * 2);
    while (performance.now() < untilMs) {
      const answer = await one(i, seen.length);
      seen.push(answer);
      const askedMs = 1000 * Number(answer.headers["retry-after"] ?? 0);
      await sleep(Math.max(0, Math.min(askedMs, untilMs - performance.now())));
    }
    client.close();
    return seen;

    function one(who: number, turn: number): Promise<Outcome> {
      const email = emails[(who + turn) % emails.length] as string;
      if (who % 10 === 0) return register(client, freshEmail());
      if (who % 10 === 1) return login(client, email, "wrong password");
      if (who % 10 === 2)
        return client.send("POST", "/api/auth/login", { json: { username: `nobody${who}`, password: "x" } });
      return login(client, email);
    }
  });
  const seen = (await Promise.all(storming)).flat();
  clearInterval(watching);
  const calmAnswers = await others.end();
  await sleep(3000);
  await collectGarbage(inspectorPort);
  const afterMiB = residentMiB(server.pid);

  const waits = seen.map(({ ms }) => ms);
  const served = seen.filter(({ status }) => status === 200).length;
  say(
    `login storm, ${CLIENTS} clients, ${STORM_MS / 1000} s: ${seen.length} answers: ${tally(seen.map(({ error, status }) => error ?? status))}`,
  );
  say(
    `${(served / (STORM_MS / 1000)).toFixed(0)} served per second; waits p50 ` +
      `${quantile(waits, 0.5).toFixed(0)}, longest ${Math.max(...waits).toFixed(0)} ms`,
  );
  const allowed = [200, 400, 401, 429, 503];
  const wrong = seen.filter((outcome) => !allowed.includes(outcome.status) || !isHonest(outcome));
  expectNone(wrong.length, "login storm: other answers than 200, 400, 401, 429, 503 with Retry-After");
  const silent = seen.filter(({ status, headers }) => status === 429 && headers["retry-after"] === undefined);
  expectNone(silent.length, "login storm: 429 without Retry-After");
  expectThat(Math.max(...waits) < DEADLINE_MS, `login storm: each within ${DEADLINE_MS / 1000} s`);
  judgeCalm("login storm", calmAnswers);
  expectThat(
    peakMiB - beforeMiB < MAX_GROWTH_MIB,
    `login storm: memory ${beforeMiB.toFixed(0)} MiB, at most ${peakMiB.toFixed(0)}, grown by ${(peakMiB - beforeMiB).toFixed(0)}`,
  );
  expectThat(
    afterMiB - beforeMiB < 60,
    `login storm: memory afterwards, without garbage, ${afterMiB.toFixed(0)} MiB`,
  );
  await server.stop("SIGTERM");
}

async function slowClients(server: Server): Promise<void> {
  const others = await calm(server);
  const head = "POST /api/users/login HTTP/1.1\r\nHost: localhost\r\n";
  const kinds = [
    { head: "", trickle: { text: `${head}X-Filler: ${"a".repeat(9000)}`, everyMs: 500 } },
    {
      head: `${head}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n`,
      trickle: { text: '{"email":"', everyMs: 500 },
    },
    { head: `${head}Transfer-Encoding: chunked\r\n\r\n`, trickle: { text: "1\r\n \r\n", everyMs: 300 } },
    { head: "", trickle: undefined },
  ];
  const heard = await Promise.all(
    times(SLOW_SOCKETS, (i) => {
      const { head: begin, trickle } = kinds[i % kinds.length] as (typeof kinds)[number];
      return speak(server.port, { head: begin, ...(trickle && { trickle }), limitMs: CUT_WITHIN_MS });
    }),
  );
  const open = heard.filter(({ closed }) => !closed).length;
  const latest = Math.max(...heard.map(({ ms }) => ms));
  say(
    `${SLOW_SOCKETS} slow sockets received ${tally(heard.map(({ statuses }) => statuses.join("+") || "nothing"))}`,
  );
  expectNone(
    open,
    `slow sockets still open after ${CUT_WITHIN_MS / 1000} s (the last one was cut off after ` +
      `${(latest / 1000).toFixed(0)} s)`,
  );
  judgeCalm("slow clients", await others.end());
}

async function endlessBodies(server: Server): Promise<void> {
  const total = 100 * 1024 * 1024;
  const chunk = Buffer.alloc(64 * 1024, 0x61);
  const chunked = Buffer.concat([Buffer.from("10000\r\n"), chunk, Buffer.from("\r\n")]);
  const others = await calm(server);
  const beforeMiB = residentMiB(server.pid);
  const cases = [
    "/api/users/login",
    "/api/users/logout",
    "/api/users/me",
    "/trpc/users.login",
    "/nothing-here",
    "/livez",
  ];
  let peakMiB = 0;
  for (const path of cases)
    for (const [how, header, piece] of [
      ["declared", `Content-Length: ${total}`, chunk],
      ["chunked", "Transfer-Encoding: chunked", chunked],
    ] as const) {
      const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${header}\r\n\r\n`;
      const { statuses, sentBytes, closed, ms } = await speak(server.port, {
        head,
        chunk: piece,
        totalBytes: total,
        limitMs: 8000,
      });
      peakMiB = Math.max(peakMiB, residentMiB(server.pid));
      const early =
        closed && sentBytes < total / 4 && statuses.every((status) => status < 500) && statuses.length <= 1;
      expectThat(
        early,
        `100 MB to ${path}, ${how}: ${statuses.join("+") || "no answer"}, ` +
          `${closed ? "cut off" : "NOT CUT OFF"} after ${(sentBytes / 1024 / 1024).toFixed(1)} MiB, ` +
          `${ms.toFixed(0)} ms`,
      );
    }
  judgeCalm("100 MB bodies", await others.end());
  expectThat(
    peakMiB - beforeMiB < 60,
    `100 MB bodies: memory grown by ${(peakMiB - beforeMiB).toFixed(0)} MiB`,
  );
}

async function bombs(server: Server): Promise<void> {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
  const beforeMiB = residentMiB(server.pid);
  const heard: Heard[] = [];
  for (const path of ["/api/users/login", "/trpc/users.login"]) {
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    heard.push(await speak(server.port, { head, chunk: bomb, totalBytes: bomb.length, limitMs: 8000 }));
  }
  const grownMiB = residentMiB(server.pid) - beforeMiB;
  const statuses = heard.map(({ statuses: [status] }) => status ?? 0);
  expectThat(
    statuses.every((status) => status >= 400 && status < 500) && grownMiB < 30,
    `gzip bombs (${(bomb.length / 1024).toFixed(0)} KiB for 50 MiB): ${statuses.join(", ")}, not decoded, memory grown by ${grownMiB.toFixed(0)} MiB`,
  );
}

async function smuggling(server: Server): Promise<void> {
  const inner = "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const post = "POST /api/users/login HTTP/1.1\r\nHost: localhost\r\n";
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["length and chunked", `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`],
    ["two lengths", `${post}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`],
    ["two hosts", `GET /api/users/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${inner}`],
    ["chunked is not last", `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`],
    ["space before the colon", `${post}Content-Length : 4\r\n\r\n${inner}`],
    ["bare line feeds", `POST /api/users/login HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n${inner}`],
    ["a length that is not a number", `${post}Content-Length: +0\r\n\r\n${inner}`],
    [
      "a folded header",
      `${post}Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${inner}`,
    ],
    ["no host", `GET /api/users/me HTTP/1.1\r\n\r\n${inner}`],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["64 KB of headers", `GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(65_536)}\r\n\r\n`],
  ];
  for (const [name, bytes] of cases) {
    const { statuses, closed, text } = await speak(server.port, { head: bytes, limitMs: 3000 });
    const once = closed && statuses.length <= 1 && statuses.every((status) => status >= 400 && status < 500);
    const isJson = statuses.length === 0 || /\{"detail":.*\}$/s.test(text);
    expectThat(
      once && isJson,
      `smuggling, ${name}: ${statuses.join("+") || "no answer"}, ${closed ? "closed" : "STILL OPEN"}`,
    );
  }
  const { status } = await me(server.client, "x");
  expectThat(status === 401, `other users are served afterwards: ${status}`);
}
