import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { adminUsers } from "@latchkey/contracts/admin/users";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environmentWithCurl } from "../start/curl.js";
import { CHEAP_HASHES, startServer, type TestServer } from "../support/server.js";
import { ROOT, readDocument } from "./markdown.js";

const GUIDE = "apps/docs/guide/users.md";
const text = readDocument(GUIDE);
const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);

describe("the guide to administering users", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const run = async (block: string): Promise<string> => {
    const script = block
      .replaceAll("npm run --silent latchkey --", `node ${join(ROOT, "apps/server/dist/cli.js")}`)
      .replaceAll("http://localhost:8000", server.url);
    const env = { ...(await environmentWithCurl()), ...CHEAP_HASHES, DATABASE_URL: server.databasePath };
    return (await promisify(execFile)("sh", ["-e", "-c", script], { env })).stdout;
  };

  it.each([
    [
      "makes administrators",
      /Created eva <eva@example.com> .*now has the role admin.*now has the role user/s,
    ],
    [
      "finds and changes accounts",
      /bob@example\.com.*Changed bob@example\.com.*Changed robert@example\.com/s,
    ],
    ["invites", /Invited ada@example\.com .*Withdrew the invitation of ada@example\.com\./s],
    ["makes a temporary password", /^Temporary password: [a-z2-9]{4}(-[a-z2-9]{4}){3}$/m],
    [
      "ends sessions, disables, enables and deletes",
      /has no sessions.*Ended all sessions.*Disabled .*Enabled .*Deleted robert@example\.com/s,
    ],
    ["does the same over HTTP", /"role":"admin".*"passwordChangeRequired":true.*"temporaryPassword":"/s],
  ])(
    "%s on a running server, with commands that work one after the other",
    async (_, printed) => {
      expect(await run(blocks.shift() ?? "")).toMatch(printed);
    },
    180_000,
  );

  it("lists every request", () => {
    const requests = Object.values(adminUsers).map(({ rest: { method, path } }) => `${method} ${path}`);
    expect(requests.filter((request) => !text.includes(`| \`${request}\` |`))).toEqual([]);
  });
});
