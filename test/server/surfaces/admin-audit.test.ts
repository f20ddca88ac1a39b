import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { login, PASSWORD, registerUser, send, signUp } from "../../support/rest.js";
import { runElsewhere } from "../../support/rows.js";
import { startServer, type TestServer } from "../../support/server.js";
import { call } from "../../support/trpc.js";

let server: TestServer;
let admin: string;
let adminUuid: string;
let user: Awaited<ReturnType<typeof signUp>>;
beforeAll(async () => {
  server = await startServer();
  const email = await registerUser(server);
  await runElsewhere(server, "UPDATE users SET role = 'admin' WHERE email = ?", email);
  admin = await login(server, email);
  adminUuid = (await server.app.features.accounts.find({ email }))?.uuid ?? "";
  user = await signUp(server);
  await send(server, "POST", "/api/users/login", { json: { email: user.email, password: "wrong" } });
});
afterAll(() => server.close());

const list = (query = "", token: string | undefined = admin) =>
  send(server, "GET", `/api/v1/admin/audit${query}`, token === undefined ? {} : { token });
const numbers = (json: { entries: { number: number }[] }) => json.entries.map(({ number }) => number);

describe("adminAudit.list", () => {
  it("shows an administrator the newest entries first, with all that is known", async () => {
    const { status, json } = await list();
    expect(status).toBe(200);
    expect(numbers(json)).toEqual([5, 4, 3, 2, 1]);
    expect(json.next).toBeNull();
    expect(json.entries[0]).toEqual({
      number: 5,
      at: "2026-01-15T12:00:00.000Z",
      action: "users.login",
      outcome: "INVALID_CREDENTIALS",
      actor: "anonymous",
      subject: (await server.app.features.accounts.find({ email: user.email }))?.uuid,
      address: "127.0.0.1",
      userAgent: "node",
      requestId: expect.any(String),
      details: [],
      hash: (await server.app.features.audit.head()).hash,
    });
  });

  it("goes through pages by `next`", async () => {
    const first = (await list("?limit=2")).json;
    const second = (await list(`?limit=2&before=${first.next}`)).json;
    expect([numbers(first), numbers(second)]).toEqual([
      [5, 4],
      [3, 2],
    ]);
  });

  it("filters by actor, action, outcome and time", async () => {
    expect(numbers((await list(`?actor=${adminUuid}`)).json)).toEqual([2, 1]);
    expect(numbers((await list("?action=users.login&outcome=ok")).json)).toEqual([4, 2]);
    expect(numbers((await list("?action=users.&outcome=failed")).json)).toEqual([5]);
    expect(numbers((await list("?from=2026-01-15T12:00:00.001Z")).json)).toEqual([]);
    expect(numbers((await list("?to=2026-01-15T20:00:01%2B08:00&limit=1")).json)).toEqual([5]);
  });

  it.each(["?actor=anna", "?subject=anna", "?from=yesterday", "?limit=0", "?limit=201", "?before=0"])(
    "refuses %s",
    async (query) => {
      const { status, json } = await list(query);
      expect([status, json.error.code]).toEqual([422, "INVALID_INPUT"]);
    },
  );

  it("answers strangers 401 and users 403, over REST and tRPC", async () => {
    const refusals = await Promise.all([list("", ""), list("", user.token)]);
    expect(refusals.map(({ status }) => status)).toEqual([401, 403]);
    const input = encodeURIComponent("{}");
    const byTrpc = await call(server, "query", `adminAudit.list?input=${input}`, { token: user.token });
    expect(byTrpc.json.error.data.appCode).toBe("FORBIDDEN");
    const asAdmin = await call(server, "query", `adminAudit.list?input=${input}`, { token: admin });
    expect(numbers(asAdmin.json.result.data)).toEqual([5, 4, 3, 2, 1]);
  });

  it("shows no secret, no email address and nothing that was typed", async () => {
    const { text } = await list();
    for (const secret of [PASSWORD, user.email, user.token, "argon2", "wrong"])
      expect(text).not.toContain(secret);
  });
});
