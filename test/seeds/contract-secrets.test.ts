import { afterAll, beforeAll, expect, it } from "vitest";
import { freshEmail, PASSWORD, registerUser, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { FIELDS } from "./endpoints.js";

/** Stands in every body below, where a password stands or where one might be by mistake. */
const SECRET = "Tr0ub4dor&3-zz";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

it.each(Object.entries(FIELDS))("%s repeats no password, whatever is wrong", async (path, fields) => {
  const values = { email: freshEmail(), username: freshEmail().replace("@", " ") };
  const filled = Object.fromEntries(
    fields.map((field) => [field, field in values ? values[field as keyof typeof values] : SECRET]),
  );
  const whole = JSON.stringify(filled);
  const bodies = [
    whole.slice(0, -1),
    whole.slice(0, -3),
    `${whole}}`,
    whole.replaceAll('"', "'"),
    `${SECRET}`,
    JSON.stringify(SECRET),
    JSON.stringify([SECRET]),
    JSON.stringify(Object.fromEntries(fields.map((field) => [field, [SECRET]]))),
    JSON.stringify(Object.fromEntries(fields.map((field) => [field, { [SECRET]: SECRET }]))),
    JSON.stringify(Object.fromEntries(fields.map((field) => [field, `${SECRET}\u0000`]))),
    JSON.stringify({ ...filled, email: SECRET }),
    JSON.stringify({ ...filled, email: freshEmail(), username: "<>" }),
    JSON.stringify({ ...filled, [SECRET]: 1 }),
    whole,
    whole,
  ];
  for (const type of ["application/json", "text/plain"]) {
    for (const body of bodies) {
      const answer = await send(server, "POST", path, { body, headers: { "Content-Type": type } });
      expect(`${answer.text} ${[...answer.headers].join()}`).not.toContain(SECRET);
    }
  }
  expect(server.logLines.length).toBeGreaterThan(0);
  expect(server.logLines.filter((line) => line.includes(SECRET))).toEqual([]);
});

it("shows neither hashes nor numbers of rows, nor tokens in the log", async () => {
  const { email, token } = await signUp(server);
  const other = await registerUser(server);
  const answers = [
    await send(server, "GET", "/api/users/me", { token }),
    await send(server, "GET", "/api/auth/verify", { token }),
    await send(server, "POST", "/api/auth/login", { json: { username: other, password: PASSWORD } }),
    await send(server, "POST", "/api/users/refresh_token", { token }),
    await send(server, "POST", "/api/users/register", {
      json: { email, password: PASSWORD, first_name: "", last_name: "", phone_number: "" },
    }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400]);
  for (const { text } of answers) {
    expect(text).not.toMatch(/argon2|hashed|"id":\d|session_epoch|disabled/);
    expect(text).not.toContain(PASSWORD);
  }
  const successor = answers[3]?.json.access_token;
  expect(server.logLines.filter((line) => line.includes(token) || line.includes(successor))).toEqual([]);
});
