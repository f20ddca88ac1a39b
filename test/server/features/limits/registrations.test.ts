import { afterEach, describe, expect, it } from "vitest";
import { freshEmail, PASSWORD, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { headersFrom, repeat, statuses } from "./doors.js";

let server: TestServer;
afterEach(() => server.close());
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  server = await startServer({ environment: { TRUST_PROXY: "1", ...environment } });
};

const names = { first_name: "San", last_name: "Zhang", phone_number: "" };
const onUsers = (network: string, email = freshEmail()) =>
  send(server, "POST", "/api/users/register", {
    json: { email, password: PASSWORD, ...names },
    headers: headersFrom(network),
  });
const onAuth = (network: string, email = freshEmail()) =>
  send(server, "POST", "/api/auth/register", {
    json: { username: email, email, password: PASSWORD },
    headers: headersFrom(network),
  });

describe("registrations", () => {
  it("from one network are limited on both surfaces together: 429 with Retry-After", async () => {
    await start({ REGISTRATIONS_PER_NETWORK: "10" });
    const answers = await repeat(30, (i) => (i % 2 ? onUsers : onAuth)("192.0.2.1"));
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(20);
    expect(refused[0]?.text).toBe('{"detail":"Too many requests of this kind. Try again later."}');
    expect(refused[0]?.headers.get("retry-after")).toBe("3600");
    const input = { email: freshEmail(), password: PASSWORD, ...names };
    const onTrpc = await call(server, "mutation", "users.register", {
      input,
      headers: headersFrom("192.0.2.1"),
    });
    expect(onTrpc.json.error.data).toMatchObject({ appCode: "TOO_MANY_REQUESTS", retryAfterSeconds: 3600 });
    expect((await onUsers("192.0.2.2")).status).toBe(200);
    server.clock.advance({ minutes: 60 });
    expect((await onUsers("192.0.2.1")).status).toBe(200);
  });

  it("of a hundred people behind one address within a minute reach no limit", async () => {
    await start();
    expect(statuses(await repeat(100, () => onUsers("192.0.2.1")), 200)).toBe(100);
  });

  it("that are refused for a taken address do not count: they cost no hash", async () => {
    await start({ REGISTRATIONS_PER_NETWORK: "2" });
    const email = freshEmail();
    await onUsers("192.0.2.1", email);
    expect(statuses(await repeat(10, () => onUsers("192.0.2.1", email)), 400)).toBe(10);
    expect((await onUsers("192.0.2.1")).status).toBe(200);
    expect((await onUsers("192.0.2.1")).status).toBe(429);
  });
});
