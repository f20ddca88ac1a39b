import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { environmentWithCurl } from "../start/curl.js";
import { startServer, type TestServer } from "../support/server.js";
import { block } from "./markdown.js";

const SESSIONS = "apps/docs/guide/sessions.md";
const ACCOUNT = "apps/docs/guide/account.md";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await paste([block("README.md", "sh", "/api/users/register")]);
  server.clock.advance({ minutes: 1 });
});
afterAll(() => server.close());

/** Runs the pages' commands one after the other in one shell; resolves to the output of each group. */
async function paste(commands: readonly string[]): Promise<string[]> {
  const script = commands.join('\necho "<next>"\n').replaceAll("http://localhost:8000", server.url);
  const { stdout } = await promisify(execFile)("sh", ["-ec", script], { env: await environmentWithCurl() });
  return stdout.split("<next>\n");
}

it("the pages on sessions and the account show commands that do what they promise", async () => {
  const [listed, others, account, changed, confirmed, data, left] = await paste([
    block(SESSIONS, "sh", "TOKEN="),
    block(SESSIONS, "sh", "end-others"),
    block(ACCOUNT, "sh", "PATCH"),
    block(ACCOUNT, "sh", "/account/password"),
    block(ACCOUNT, "sh", "/account/confirm"),
    block(ACCOUNT, "sh", "/account/data"),
    block(ACCOUNT, "sh", "DELETE"),
  ]);
  const { sessions } = JSON.parse(listed ?? "");
  // The sign-in of the start is listed as well.
  expect(sessions).toHaveLength(2);
  expect(sessions[0]).toMatchObject({ address: "127.0.0.1", current: true });
  expect(others).toBe('{"ended":1}');
  expect(account).toContain('"firstName":"San","lastName":"Zhang"');
  expect(changed).toBe("");
  expect(JSON.parse(confirmed ?? "")).toEqual({ confirmedAt: new Date(server.clock.nowMs()).toISOString() });
  expect(JSON.parse(data ?? "").account).toMatchObject({ username: "ada@example.com", language: "zh-CN" });
  expect(left).toBe("");
  expect(await server.app.features.accounts.find({ email: "ada@example.com" })).toBeUndefined();
});
