import { afterEach, expect, it } from "vitest";
import { PASSWORD, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

const ID = "7b4e2f1a-9c3d:edge/1";
const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SENT = { "X-Request-Id": ID, traceparent: PARENT };

let server: TestServer;
const start = async (proxies: string) => {
  server = await startServer({ environment: { TRUST_PROXY: proxies } });
};
afterEach(() => server.close());

const login = (headers: Readonly<Record<string, string>>) =>
  send(server, "POST", "/api/users/login", {
    headers,
    json: { email: "san@example.com", password: PASSWORD },
  });
const traceIn = ({ headers }: { readonly headers: Headers }) => [
  headers.get("x-request-id"),
  headers.get("traceparent"),
];
const lastCall = () => server.logLines.map((line) => JSON.parse(line)).findLast(({ msg }) => msg === "call");

it.each(["1", "127.0.0.0/8"])(
  "shows a trusted proxy's trace in the answer and in the log: TRUST_PROXY=%s",
  async (proxies) => {
    await start(proxies);
    expect(traceIn(await login(SENT))).toEqual([ID, PARENT]);
    expect(lastCall()).toMatchObject({ procedure: "users.login", requestId: ID, traceparent: PARENT });
    expect(traceIn(await call(server, "query", "users.me", { headers: SENT }))).toEqual([ID, PARENT]);
    expect(lastCall()).toMatchObject({ procedure: "users.me", requestId: ID, traceparent: PARENT });
  },
);

it.each(["0", "10.0.0.0/8"])("ignores what any other client writes: TRUST_PROXY=%s", async (proxies) => {
  await start(proxies);
  const [id, parent] = traceIn(await login(SENT));
  expect([id, parent]).toEqual([expect.stringMatching(/^[\w-]{8}-[0-9a-z]+$/), null]);
  expect(lastCall()).toMatchObject({ requestId: id });
  expect(lastCall()).not.toHaveProperty("traceparent");
  expect(server.logLines.join("")).not.toContain(ID);
});

it("ignores what is no request id", async () => {
  await start("1");
  for (const id of ["", "a b", "x".repeat(129), "san@example.com", "a,b", '"a"', "é", "{}", "a;b"]) {
    const [answered] = traceIn(await login({ "X-Request-Id": id }));
    expect(answered, id).toMatch(/^[\w-]{8}-[0-9a-z]+$/);
  }
  expect(traceIn(await login({ "X-Request-Id": "x".repeat(128) }))[0]).toHaveLength(128);
});

it("ignores what is no trace context", async () => {
  await start("1");
  for (const parent of [
    "",
    PARENT.toUpperCase(),
    PARENT.replace(/^00/, "ff"),
    PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32)),
    PARENT.replace("00f067aa0ba902b7", "0".repeat(16)),
    `${PARENT}-extra`,
    `${PARENT}, ${PARENT}`,
    PARENT.slice(1),
  ])
    expect(traceIn(await login({ traceparent: parent }))[1], parent).toBeNull();
});
