import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isCommon } from "../../../../apps/server/src/features/credentials/common.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

const LIST = "apps/server/src/features/credentials/common-passwords.txt";

describe("the list of common passwords", () => {
  it.each(["123456", "password", "woaini1314", "5201314", "a123456789", "zxcvbnm", "1qaz2wsx", "qq123456"])(
    "contains %s",
    (password) => expect(isCommon(password)).toBe(true),
  );

  it("ignores letter case, the width of letters, and repeated characters", () => {
    for (const password of ["PassWord", "ｗｏａｉｎｉ１３１４", "aaaaaaaaaaaa", "abcabcabcabc"]) {
      expect(isCommon(password)).toBe(true);
    }
    for (const password of ["", PASSWORD, "7#kQ2m"]) expect(isCommon(password)).toBe(false);
  });

  it("stays small, and contains no word twice and no capitals", () => {
    const text = readFileSync(new URL(`../../../../${LIST}`, import.meta.url), "utf8");
    const words = text.split("\n").filter((line) => line !== "" && !line.startsWith("# "));
    expect(words.length).toBeLessThanOrEqual(10_000);
    expect(new Set(words).size).toBe(words.length);
    expect(words.filter((word) => word !== word.toLowerCase())).toEqual([]);
  });
});

describe("if common passwords are refused", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment: { COMMON_PASSWORDS: "refuse" } });
  });
  afterAll(() => server.close());
  const fault = (field: string) => ({
    detail: [{ loc: ["body", field], msg: "this password is too common", type: "value_error" }],
  });

  it("no user can register with one, on either surface", async () => {
    const email = freshEmail();
    const names = { first_name: "", last_name: "", phone_number: "" };
    const json = { email, username: email, password: "Woaini1314", ...names };
    for (const path of ["/api/users/register", "/api/auth/register"]) {
      const answer = await send(server, "POST", path, { json });
      expect([answer.status, answer.json]).toEqual([422, fault("password")]);
    }
  });

  it("no user can change to one, and the old one stays", async () => {
    const email = await registerUser(server);
    const json = { email, old_password: PASSWORD, new_password: "5201314" };
    const answer = await send(server, "POST", "/api/users/reset_password", { json });
    expect([answer.status, answer.json]).toEqual([400, fault("new_password")]);
    expect(await login(server, email)).toBeTypeOf("string");
  });

  it("a user who already has one can still sign in with it, even when its hash is renewed", async () => {
    const lenient = await startServer({ environment: { ARGON2_TIME_COST: "2" } });
    const email = await registerUser(lenient, freshEmail(), "5201314");
    const { databasePath } = lenient;
    const strict = await startServer({ databasePath, environment: { COMMON_PASSWORDS: "refuse" } });
    expect(await login(strict, email, "5201314")).toBeTypeOf("string");
    await strict.close();
    await lenient.close();
  });
});

it("accepts common passwords unless told otherwise", async () => {
  const server = await startServer();
  const email = await registerUser(server, freshEmail(), "123456");
  expect(await login(server, email, "123456")).toBeTypeOf("string");
  await server.close();
});
