import { afterAll, beforeAll, expect, it } from "vitest";
import { passwordRecoveryLetter } from "../../../apps/server/src/features/recovery/letters.js";
import { BY_OPERATOR } from "../../support/operator.js";
import { send, signUp } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";
import { call } from "../../support/trpc.js";

let server: TestServer;
let admin: string;
beforeAll(async () => {
  server = await startServer();
  const { accounts } = server.app.features;
  const { email } = await signUp(server);
  const account = await accounts.find({ email });
  if (account === undefined) throw new Error("not registered");
  await accounts.edit(account, { role: "admin" }, BY_OPERATOR);
  const json = { email, password: "correct horse battery" };
  admin = (await send(server, "POST", "/api/users/login", { json })).json.access_token;
  for (const to of ["a@example.com", "b@example.com", "c@example.com"]) {
    const values = { link: "http://localhost/#secret=hidden", minutes: "30" };
    await server.app.features.mail.send(passwordRecoveryLetter, { to, language: "en", values });
    server.clock.advance({ ms: 1 });
  }
  await server.app.features.mailWorker.deliver();
});
afterAll(() => server.close());

const list = (query = "", token: string | undefined = admin) =>
  send(server, "GET", `/api/v1/admin/mail${query}`, token === undefined ? {} : { token });
const recipients = (json: { readonly mails: ReadonlyArray<{ readonly to: string }> }) =>
  json.mails.map(({ to }) => to);

it("shows an administrator the mails page by page, without their text", async () => {
  const first = await list("?limit=2");
  expect(recipients(first.json)).toEqual(["c@example.com", "b@example.com"]);
  expect(first.json.mails[0]).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    to: "c@example.com",
    template: "passwordRecovery",
    language: "en",
    state: "kept",
    attempts: 1,
    lastError: null,
    createdAt: "2026-01-15T12:00:00.002Z",
    dueAt: null,
  });
  const second = await list(`?limit=2&before=${first.json.next}`);
  expect(recipients(second.json)).toEqual(["a@example.com"]);
  expect(second.json.next).toBeNull();
  expect(first.text + second.text).not.toContain("hidden");
  expect(recipients((await list("?state=failed")).json)).toEqual([]);
});

it("shows the same over tRPC", async () => {
  const input = encodeURIComponent(JSON.stringify({ limit: 1 }));
  const answer = await call(server, "query", `adminMail.list?input=${input}`, { token: admin });
  expect(recipients(answer.json.result.data)).toEqual(["c@example.com"]);
});

it("shows nothing to other users", async () => {
  const { token } = await signUp(server);
  expect(await list("", token)).toMatchObject({ status: 403, json: { error: { code: "FORBIDDEN" } } });
  expect((await send(server, "GET", "/api/v1/admin/mail")).status).toBe(401);
  expect((await list("", "garbage")).status).toBe(401);
});

it.each(["?limit=0", "?limit=201", "?limit=x", "?state=lost", "?before=x"])("refuses %s", async (query) => {
  expect((await list(query)).status).toBe(422);
});
