import { afterEach, describe, expect, it } from "vitest";
import { BY_OPERATOR } from "../../../support/operator.js";
import { freshEmail, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { newAdmin } from "../user-administration/doors.js";

let server: TestServer;
const start = async (policy?: string) => {
  server = await startServer(policy === undefined ? {} : { environment: { REGISTRATION: policy } });
};
afterEach(() => server.close());

const byAddress = (email: string) => ({
  ...{ email, password: PASSWORD, first_name: "", last_name: "", phone_number: "" },
});
const byName = (email: string) => ({
  username: email.slice(0, 40).replace("@", "."),
  email,
  password: PASSWORD,
});

describe.each([
  ["closed", "REGISTRATION_CLOSED", "Registration is closed", "注册已关闭"],
  ["invited", "INVITATION_REQUIRED", "Registration is by invitation only", "仅限受邀用户注册"],
])("REGISTRATION=%s", (policy, code, words, chinese) => {
  it("is answered 403 in fixed words by both contracts' doors, and with a code over tRPC", async () => {
    await start(policy);
    const email = freshEmail();
    const users = await send(server, "POST", "/api/users/register", { json: byAddress(email) });
    expect([users.status, users.text]).toEqual([403, `{"detail":"${words}"}`]);
    const auth = await send(server, "POST", "/api/auth/register", { json: byName(email) });
    expect([auth.status, auth.text]).toEqual([403, `{"detail":"${chinese}"}`]);
    for (const [path, input] of [
      ["users.register", byAddress(email)],
      ["auth.register", byName(email)],
    ] as const) {
      const answer = await call(server, "mutation", path, { input });
      expect([answer.status, answer.json.error.data.appCode]).toEqual([403, code]);
    }
    expect(await server.app.features.accounts.find({ email })).toBeUndefined();
  });

  it("does not reveal whether an address has an account, and counts no registration", async () => {
    await start(policy);
    const email = freshEmail();
    await server.app.features.registrations.create({ email, password: PASSWORD }, BY_OPERATOR);
    const [taken, free] = await Promise.all(
      [email, freshEmail()].map((each) =>
        send(server, "POST", "/api/users/register", { json: byAddress(each) }),
      ),
    );
    expect(taken?.text).toBe(free?.text);
  });

  it("reports bad fields as usual, and lets administrators and the operator create accounts", async () => {
    await start(policy);
    expect((await send(server, "POST", "/api/users/register", { json: {} })).status).toBe(422);
    const { token } = await newAdmin(server);
    const json = { email: freshEmail() };
    expect((await send(server, "POST", "/api/v1/admin/users", { json, token })).status).toBe(200);
  });
});

it("is open unless set otherwise", async () => {
  await start();
  expect(await registerUser(server)).toContain("@");
});
