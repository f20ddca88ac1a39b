import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { api } from "@latchkey/contracts/api";
import type { Contract } from "@latchkey/contracts/kit/procedure";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, type RawRequest, sendRaw } from "../../support/raw-http.js";
import { signUp } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";

/** Fixed, so that every run is the same. fast-check prints the seed and the smallest failing case. */
const SEEDS = {
  bodies: 20260201,
  requests: 20260202,
  queries: 20260203,
  mutations: 20260204,
  batches: 20260205,
};
const RUNS = { bodies: 2400, requests: 1200, queries: 600, mutations: 800, batches: 500 };

/** Part of every generated password: no answer may contain it. */
const SECRET = "s3cret-of-a-stranger";
/** The name of a header that a client might inject into an answer. */
const INJECTED = "x-evil";

let server: TestServer;
let token: string;
beforeAll(async () => {
  const limits = ["GUESSES_PER_ACCOUNT", "GUESSES_PER_ACCOUNT_AND_NETWORK", "GUESSES_PER_NETWORK"];
  const environment = Object.fromEntries(limits.map((name) => [name, "1000000"]));
  server = await startServer({
    environment: { ...environment, LOG_LEVEL: "error", SQLITE_SYNCHRONOUS: "normal" },
  });
  token = (await signUp(server)).token;
});
afterAll(() => server.close());

const contracts: Readonly<Record<string, Contract>> = api;
const procedures = Object.entries(contracts).flatMap(([namespace, contract]) =>
  Object.entries(contract).map(([name, { rest }]) => ({ path: `${namespace}.${name}`, rest })),
);
const bindings = procedures.flatMap(({ rest }) =>
  rest === undefined
    ? []
    : [rest, ...(rest.aliases ?? [])].map(({ path }) => ({ method: rest.method, path: path as string })),
);
const posts = bindings.filter(({ method }) => method === "POST").map(({ path }) => path);
const names = procedures.map(({ path }) => path);

// ---- what is sent

const nasty = fc.constantFrom(
  "\ud800",
  "\u0000",
  "\u202e\u2066",
  "\r\nX-Evil: 1",
  "%0d%0aX-Evil:%201",
  "\u010d\u010aX-Evil: 1",
  "<script>alert(1)</script>",
  "' OR 1=1 --",
  "$" + "{7*7}{{7*7}}",
  "__proto__",
  "constructor",
  "a".repeat(5000),
  "é".repeat(300),
  "𝟘".repeat(129),
  "a@b.com",
  "A@B.COM",
  `${"a".repeat(64)}@${"b".repeat(63)}.com`,
  "",
);
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string(), nasty);
const secret = anyText.map((text) => text + SECRET);
const wild = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.double(),
    fc.constantFrom(null, true, false, [], {}, Number.MAX_VALUE, -0, 2 ** 60),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(anyText, tie("value"), { maxKeys: 3 }),
  ),
})).value;
const email = fc.oneof(fc.emailAddress(), anyText);
const fields = {
  email: fc.oneof(email, wild),
  username: fc.oneof(fc.string({ minLength: 1, maxLength: 60 }), email, wild),
  password: fc.oneof(secret, wild),
  old_password: fc.oneof(secret, wild),
  new_password: fc.oneof(secret, wild),
  first_name: fc.oneof(anyText, wild),
  last_name: fc.oneof(anyText, wild),
  phone_number: fc.oneof(anyText, wild),
  idempotencyKey: fc.oneof(anyText, wild),
};
/** Sometimes everything required, sometimes less, sometimes something else. */
const input = fc.oneof(
  { weight: 4, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...fields, email: fc.emailAddress(), password: secret, username: fc.string() }),
  },
  { weight: 1, arbitrary: wild },
);
const json = input.map((value) => JSON.stringify(value) ?? "");
const torn = fc
  .tuple(json, fc.nat({ max: 100 }))
  .map(([text, at]) => text.slice(0, (text.length * at) / 100));
const twisted = fc
  .tuple(json, fc.nat({ max: 100 }), anyText)
  .map(
    ([text, at, more]) =>
      text.slice(0, (text.length * at) / 100) + more + text.slice((text.length * at) / 100),
  );
const body = fc.oneof(
  { weight: 6, arbitrary: json },
  { weight: 1, arbitrary: torn },
  { weight: 1, arbitrary: twisted },
  { weight: 1, arbitrary: anyText },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.nat({ max: 3000 }).map((depth) => "[".repeat(depth) + "]".repeat(depth)) },
);

/** A value on one line: Node refuses others before they become a request, as another test shows. */
const headerValue = anyText.map((text) => text.replace(/[\r\n\0]/g, "").slice(0, 500));
const contentType = fc.oneof(
  { weight: 6, arbitrary: fc.constant("application/json") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      "text/plain",
      "APPLICATION/JSON; charset=utf-16",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/vnd.x+json",
      "application/octet-stream",
    ),
  },
  { weight: 1, arbitrary: headerValue },
);
const authorization = fc.oneof(
  fc.constant("VALID"),
  headerValue,
  headerValue.map((text) => `Bearer ${text}`),
  fc.constantFrom("Bearer", "bearer  ", "Basic YTpi", "Bearer a.b.c", `Bearer ${"a".repeat(5000)}`),
);
const headers = fc
  .record(
    {
      "Content-Type": contentType,
      Authorization: authorization,
      "Idempotency-Key": headerValue,
      Origin: fc.oneof(
        headerValue,
        fc.constantFrom("http://localhost:3000", "null", "http://localhost:3000%0d%0aX-Evil: 1"),
      ),
      "Access-Control-Request-Method": headerValue,
      "X-Forwarded-For": headerValue,
      "X-Request-Id": headerValue,
      "X-HTTP-Method-Override": fc.constantFrom("DELETE", "GET"),
      Accept: headerValue,
      "Content-Encoding": fc.constantFrom("gzip", "br", "identity", "x"),
      "If-None-Match": fc.constantFrom("*", '"a"'),
      Range: fc.constantFrom("bytes=0-0", "x"),
      Upgrade: fc.constantFrom("websocket", "h2c"),
      "trpc-accept": fc.constantFrom("application/jsonl", "x"),
    },
    { requiredKeys: [] },
  )
  .map((record) => Object.entries(record));
const typed = fc
  .tuple(contentType, headers)
  .map(([type, more]) => [
    ["Content-Type", type] as const,
    ...more.filter(([name]) => name !== "Content-Type"),
  ]);

/** What cannot be encoded is left out. */
const wellFormed = (text: string) => Buffer.from(text).toString();
const encoded = (text: string) => encodeURIComponent(wellFormed(text)).slice(0, 3000);
const query = fc.oneof(
  fc.constant(""),
  anyText.map((text) => `?${encoded(text)}`),
  anyText.map((text) => `?a=${encoded(text)}&a=b`),
);
const twistedPath = fc
  .tuple(
    fc.constantFrom(...bindings.map(({ path }) => path), ...names.map((name) => `/trpc/${name}`)),
    fc.nat(30),
    anyText,
  )
  .map(([path, at, more]) => path.slice(0, at) + encoded(more) + path.slice(at));
const target = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...bindings.map(({ path }) => path)) },
  { weight: 3, arbitrary: twistedPath },
  { weight: 1, arbitrary: anyText.map((text) => `/${encoded(text)}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/",
      "//",
      "/api/../api/users/me",
      "/api/users/me/%2e%2e",
      "/%",
      "/%ff%fe",
      "/API/USERS/ME",
      "http://other/api/users/me",
      "/.well-known/jwks.json/x",
      "/livez/x",
      "/trpc",
      "/trpc/",
      "/metrics",
    ),
  },
);
const method = fc.constantFrom(
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: anyText.map(encoded) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("users", "users.", "__proto__", "users.constructor", "a.b.c.d", "toString"),
  },
);

// ---- what must come back

/** All headers that we answer with; any other comes from outside. */
const HEADERS = new Set([
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "access-control-max-age",
  "allow",
  "cache-control",
  "connection",
  "content-length",
  "content-security-policy",
  "content-type",
  "date",
  "referrer-policy",
  "retry-after",
  "transfer-encoding",
  "vary",
  "www-authenticate",
  "x-content-type-options",
  "x-request-id",
]);
const INSIDE =
  /<!doctype|<html|node_modules|node:internal|\.[tj]s:\d+|\bat (async )?[\w.<>]+ \(|SQLITE_|ZodError/i;

function expectClean({ status, headers, body }: RawAnswer): void {
  expect(status).toBeLessThan(500);
  expect(headers.map(([name]) => name).filter((name) => !HEADERS.has(name))).toEqual([]);
  expect(headers.map(([name]) => name)).not.toContain(INJECTED);
  expect(body).not.toMatch(INSIDE);
  expect(body).not.toContain(SECRET);
}

const typeOf = ({ headers }: RawAnswer) => headers.find(([name]) => name === "content-type")?.[1];

/**
 * A success may be anything; a refusal is a detail and nothing else, or on plain paths an error with a code,
 * unless it came before the path was read. A HEAD, a preflight or a 204 has no body.
 */
function expectRest(answer: RawAnswer): void {
  expectClean(answer);
  if (answer.body === "") return;
  expect(typeOf(answer)).toMatch(/^application\/json(; charset=utf-8)?$/);
  const value = JSON.parse(answer.body);
  if (answer.status < 400) return;
  if ("detail" in value) {
    expect(Object.keys(value)).toEqual(["detail"]);
    return;
  }
  expect(Object.keys(value)).toEqual(["error"]);
  const known = ["code", "fields", "message", "retryAfterSeconds"];
  expect(Object.keys(value.error).filter((key) => !known.includes(key))).toEqual([]);
  expect(value.error).toMatchObject({
    code: expect.stringMatching(/^[A-Z_]+$/),
    message: expect.any(String),
  });
}

/** tRPC's own shape, in which an error contains only codes and our own sentences. */
function expectTrpc(answer: RawAnswer): void {
  expectClean(answer);
  if (answer.body === "") return;
  expect(typeOf(answer)).toBe("application/json");
  const values = JSON.parse(answer.body);
  for (const value of Array.isArray(values) ? values : [values]) {
    if ("result" in value || "detail" in value) continue;
    expect(Object.keys(value)).toEqual(["error"]);
    expect(Object.keys(value.error).sort()).toEqual(["code", "data", "message"]);
    const known = ["appCode", "code", "fields", "httpStatus", "path", "retryAfterSeconds"];
    expect(Object.keys(value.error.data).filter((key) => !known.includes(key))).toEqual([]);
    expect(value.error.data.httpStatus).toBeLessThan(500);
  }
}

const trpcHeaders = (list: RawRequest["headers"] = []) =>
  list.filter(([name]) => !/^(upgrade|trpc-accept)$/i.test(name));

function exchange({ headers = [], ...request }: RawRequest): Promise<RawAnswer> {
  const sent = headers.map(([name, value]) => [name, value === "VALID" ? `Bearer ${token}` : value] as const);
  return sendRaw(server.port, { ...request, headers: sent });
}

/** The heap after garbage collection. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
  return process.memoryUsage().heapUsed;
}

describe("generated requests", { timeout: 60_000 }, () => {
  const assertFor = <T>(
    what: keyof typeof RUNS,
    values: fc.Arbitrary<T>,
    check: (value: T) => Promise<void>,
  ) => fc.assert(fc.asyncProperty(values, check), { numRuns: RUNS[what], seed: SEEDS[what] });

  it("are at least five thousand", () => {
    expect(Object.values(RUNS).reduce((sum, runs) => sum + runs)).toBeGreaterThanOrEqual(5000);
  });

  it("with any body to any REST path get a clean answer", async () => {
    const request = fc.record({ target: fc.constantFrom(...posts), headers: typed, body });
    await assertFor("bodies", request, async (sent) => {
      expectRest(await exchange({ method: "POST", ...sent }));
    });
  });

  it("with any method, URL and headers get a clean answer, and memory stays level", async () => {
    const request = fc.record({
      method,
      path: target,
      query,
      headers,
      body: fc.oneof(fc.constant(""), body),
    });
    const beforeBytes = heapBytes();
    await assertFor("requests", request, async ({ path, query, ...sent }) => {
      const answer = await exchange({ target: path + query, ...sent });
      if (/^\/trpc(\/|$)/.test(path)) expectTrpc(answer);
      else expectRest(answer);
    });
    expect(heapBytes() - beforeBytes).toBeLessThan(32 * 1024 * 1024);
  });

  it("for tRPC queries get tRPC's own shape", async () => {
    const question = fc.oneof(json, anyText).map((text) => `?input=${encoded(text)}`);
    const request = fc.record({ name, question: fc.oneof(fc.constant(""), question, query), headers });
    await assertFor("queries", request, async ({ name, question, headers }) => {
      const target = `/trpc/${name}${question}`;
      expectTrpc(await exchange({ method: "GET", target, headers: trpcHeaders(headers) }));
    });
  });

  it("for tRPC mutations get tRPC's own shape", async () => {
    const request = fc.record({ name, headers: typed, body });
    await assertFor("mutations", request, async ({ name, headers, body }) => {
      expectTrpc(
        await exchange({ method: "POST", target: `/trpc/${name}`, headers: trpcHeaders(headers), body }),
      );
    });
  });

  it("for tRPC batches get tRPC's own shape", async () => {
    const inputs = fc.dictionary(fc.oneof(fc.nat(25).map(String), anyText), input, { maxKeys: 5 });
    const request = fc.record({
      names: fc.array(name, { minLength: 1, maxLength: 25 }),
      inputs: fc.oneof(inputs, wild).map((value) => JSON.stringify(value) ?? ""),
      batch: fc.constantFrom("1", "0", "x"),
      headers: typed,
      method: fc.constantFrom("GET", "POST"),
    });
    await assertFor("batches", request, async ({ names, inputs, batch, headers, method }) => {
      const question = method === "GET" ? `&input=${encoded(inputs)}` : "";
      const target = `/trpc/${names.join(",").slice(0, 4000)}?batch=${batch}${question}`;
      const sent = method === "GET" ? "" : inputs;
      expectTrpc(await exchange({ method, target, headers: trpcHeaders(headers), body: sent }));
    });
  });

  it("cause no fault that is logged", () => {
    expect(server.logLines).toEqual([]);
  });
});
