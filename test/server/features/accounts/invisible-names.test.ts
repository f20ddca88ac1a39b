import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, send, signUp } from "../../../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../../../support/server.js";
import { newOperator, type Operator, PASSWORD } from "../../cli/command.js";
import { newAdmin } from "../user-administration/doors.js";

const INVISIBLE = "ad\u200bmin";
const MARKS = "\u0301\u0302";

let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startServer({ clock: frozenClock(Date.now()) });
  operator = await newOperator(server.databasePath);
});
afterAll(async () => {
  await server.close();
  await operator.leave();
});

describe.each([
  [INVISIBLE, "must not contain invisible characters"],
  [MARKS, "must contain a visible character"],
])("the username %j", (username, sentence) => {
  it("cannot be chosen by a user for their own account", async () => {
    const { token } = await signUp(server);
    const answer = await send(server, "PATCH", "/api/v1/account", { token, json: { username } });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(sentence)]);
  });

  it("cannot be given by an administrator", async () => {
    const { token } = await newAdmin(server);
    const { json } = await send(server, "GET", "/api/v1/account", { token });
    const created = { email: freshEmail(), username };
    for (const [method, path, body] of [
      ["POST", "/api/v1/admin/users", created],
      ["PATCH", `/api/v1/admin/users/${json.id}`, { username }],
    ] as const) {
      const answer = await send(server, method, path, { token, json: body });
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(sentence)]);
    }
  });

  it("cannot be given on the command line", async () => {
    const { email } = await signUp(server);
    for (const words of [
      ["users", "create", "--email", freshEmail(), "--username", username],
      ["users", "edit", email, "--username", username],
    ]) {
      const { exitCode, stderr } = await operator.run(words, { stdin: PASSWORD });
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    }
  });
});

it("a name and a phone number may contain the invisible characters that scripts and emoji need", async () => {
  const { token } = await signUp(server);
  const json = { firstName: "می\u200cخواهم", lastName: "❤\ufe0f 👩\u200d💻" };
  const answer = await send(server, "PATCH", "/api/v1/account", { token, json });
  expect([answer.status, answer.json]).toEqual([200, expect.objectContaining(json)]);
});
