import { afterAll, beforeAll, expect, it } from "vitest";
import { entry, expectEntries } from "../../../seeds/expect-answer.js";
import { freshEmail, login, registerUser, send } from "../../../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";
import { newOperator } from "../../cli/command.js";

const LENGTHS = {
  PASSWORD_MIN_LENGTH: "10",
  PASSWORD_MIN_LENGTH_USERS: "8",
  PASSWORD_MIN_LENGTH_AUTH: "9",
};
const SHORT = "1234567";
const LONG = "1234567890";

let before: TestServer;
let server: TestServer;
beforeAll(async () => {
  const clock = frozenClock(Date.now());
  before = await startServer({ clock });
  server = await startServer({ clock, databasePath: before.databasePath, environment: LENGTHS });
});
afterAll(async () => {
  await server.close();
  await before.close();
});

const post = (path: string, json: object, token?: string) =>
  send(server, "POST", path, { json, ...(token !== undefined && { token }) });

it("of a password that was set before does not matter at sign-in, but for its successor", async () => {
  const email = await registerUser(before, undefined, SHORT);
  const token = await login(server, email, SHORT);
  const reset = { email, old_password: SHORT, new_password: SHORT };
  expectEntries(await post("/api/users/reset_password", reset), [entry.tooShort("new_password", 8)], 400);
  const change = await post(
    "/api/v1/account/password",
    { oldPassword: SHORT, newPassword: "123456789" },
    token,
  );
  expect([change.status, change.text]).toEqual([422, expect.stringContaining("at least 10 characters")]);
  const set = { oldPassword: SHORT, newPassword: LONG };
  expect((await post("/api/v1/account/password", set, token)).status).toBe(204);
});

it("is set for each surface, over REST and tRPC", async () => {
  const user = { email: freshEmail(), password: SHORT, first_name: "", last_name: "", phone_number: "" };
  expectEntries(await post("/api/users/register", user), [entry.tooShort("password", 8)]);
  const named = { username: "short", email: freshEmail(), password: "12345678" };
  expectEntries(await post("/api/auth/register", named), [entry.tooShort("password", 9)]);
  expect((await post("/api/users/register", { ...user, password: "12345678" })).status).toBe(200);
  expect((await post("/api/auth/register", { ...named, password: "123456789" })).status).toBe(200);
  const over = await call(server, "mutation", "users.register", { input: { ...user, email: freshEmail() } });
  expect([over.status, JSON.stringify(over.json)]).toEqual([422, expect.stringContaining("at least 8 char")]);
});

it("is in the OpenAPI document and in the advice about passwords", async () => {
  const { schemas } = (await send(server, "GET", "/openapi.json")).json.components;
  const least = (schema: string, field: string) => schemas[schema].properties[field].minLength;
  expect(least("UsersRegisterInput", "password")).toBe(8);
  expect(least("ResetPasswordInput", "new_password")).toBe(8);
  expect(least("AuthRegisterInput", "password")).toBe(9);
  expect(least("AccountChangePasswordInput", "newPassword")).toBe(10);
  expect(least("RecoveryCompleteInput", "newPassword")).toBe(10);
  const advice = await post("/api/v1/passwords/strength", { password: "Hx7-pq2Lm" });
  expect(advice.json.rules[0]).toEqual({ rule: "length", met: false, message: "At least 10 characters" });
  expect(advice.json.score).toBe(0);
});

it("holds on the command line", async () => {
  const operator = await newOperator(server.databasePath);
  const words = ["users", "create", "--email", freshEmail()];
  const { exitCode, stderr } = await operator.run(words, { stdin: "123456789", environment: LENGTHS });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("at least 10 characters")]);
  await operator.json(words, { stdin: LONG, environment: LENGTHS });
  await operator.leave();
});
