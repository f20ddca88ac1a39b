import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login, PASSWORD, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { CHANGES_PER_ACCOUNT: "3", MAILS_PER_NETWORK: "1000" } });
});
afterAll(() => server.close());

const repeated = [
  ["the profile", "PATCH", "/api/v1/account", () => ({ firstName: "San" })],
  [
    "the password",
    "POST",
    "/api/v1/account/password",
    () => ({ oldPassword: PASSWORD, newPassword: PASSWORD }),
  ],
  ["the address", "POST", "/api/v1/email/change", () => ({ newEmail: freshEmail() })],
  ["the other sessions", "POST", "/api/v1/sessions/end-others", undefined],
  ["the data", "GET", "/api/v1/account/data", undefined],
] as const;

it.each(repeated)(
  "an account does the same thing to %s a limited number of times in an hour",
  async (...kind) => {
    const [, method, path, body] = kind;
    const { email, token } = await signUp(server);
    const again = (bearer: string) =>
      send(server, method, path, { token: bearer, ...(body !== undefined && { json: body() }) });
    for (let i = 0; i < 3; i++) expect((await again(token)).status).toBeLessThan(300);
    const refused = await again(token);
    expect([refused.status, refused.json.error.code]).toEqual([429, "TOO_MANY_REQUESTS"]);
    expect(refused.headers.get("retry-after")).toBe("3600");
    // In another session as well, but another account has its own count.
    expect((await again(await login(server, email))).status).toBe(429);
    expect((await again((await signUp(server)).token)).status).toBeLessThan(300);
    server.clock.advance({ minutes: 60 });
    expect((await again(await login(server, email))).status).toBeLessThan(300);
  },
);

it("what was refused is not counted, and none of it keeps the owner from the other things", async () => {
  const { token } = await signUp(server);
  const patch = (json: object) => send(server, "PATCH", "/api/v1/account", { json, token });
  for (let i = 0; i < 5; i++) expect((await patch({ username: "a@b.example.com" })).status).toBe(422);
  for (let i = 0; i < 3; i++) expect((await patch({ firstName: "San" })).status).toBe(200);
  expect((await patch({ firstName: "San" })).status).toBe(429);
  const json = { oldPassword: PASSWORD, newPassword: "another password" };
  expect((await send(server, "POST", "/api/v1/account/password", { json, token })).status).toBe(204);
  expect((await send(server, "POST", "/api/v1/sessions/end-all", { token })).status).toBe(200);
});

describe.each(["REST", "tRPC"])("simultaneous changes of an own account over %s", (door) => {
  const patch = async (json: object, token: string) => {
    if (door === "tRPC")
      return (await call(server, "mutation", "account.update", { input: json, token })).status;
    return (await send(server, "PATCH", "/api/v1/account", { json, token })).status;
  };
  const shown = async (token: string) => (await send(server, "GET", "/api/v1/account", { token })).json;

  it("are all made if each is of another field", async () => {
    for (let i = 0; i < 5; i++) {
      const { token } = await signUp(server);
      const changes = [{ firstName: "Ada" }, { lastName: "Byron" }, { language: "en" }];
      expect(await Promise.all(changes.map((change) => patch(change, token)))).toEqual([200, 200, 200]);
      expect(await shown(token)).toMatchObject(Object.assign({}, ...changes));
    }
  });

  it("are all made if they say the same", async () => {
    const { token } = await signUp(server);
    const change = { firstName: "Ada", lastName: "Byron" };
    expect(await Promise.all([1, 2, 3].map(() => patch(change, token)))).toEqual([200, 200, 200]);
    expect(await shown(token)).toMatchObject(change);
  });

  it("of one field leave a value that was acknowledged, and no mixture", async () => {
    const { token } = await signUp(server);
    const changes = ["Ada", "Eva", "Ida"].map((name) => ({ firstName: name, lastName: name }));
    const statuses = await Promise.all(changes.map((change) => patch(change, token)));
    const made = changes.filter((_, i) => statuses[i] === 200);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    const { firstName, lastName } = await shown(token);
    expect(made).toContainEqual({ firstName, lastName });
  });
});
