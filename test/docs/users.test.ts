import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { adminUsers } from "@latchkey/contracts/admin-users";
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

  it("has commands that work beside a running server, one after the other", async () => {
    const env = { ...(await environmentWithCurl()), ...CHEAP_HASHES, DATABASE_URL: server.databasePath };
    const outputs: string[] = [];
    for (const block of blocks) {
      const script = block
        .replaceAll("npm run --silent latchkey --", `node ${join(ROOT, "apps/server/dist/cli.js")}`)
        .replaceAll("http://localhost:8000", server.url);
      const { stdout } = await promisify(execFile)("sh", ["-e", "-c", script], { env });
      outputs.push(stdout);
    }
    const [made, found, password, ended, overHttp] = outputs;
    expect(made).toMatch(
      /Created ada <ada@example.com> .*\n.*has the role admin now.*\n.*has the role user now/s,
    );
    expect(found).toContain("bob@example.com");
    expect(found).toContain("Changed robert@example.com");
    expect(password).toMatch(/^Temporary password: [a-z0-9]{4}(-[a-z0-9]{4}){3}$/m);
    expect(ended).toMatch(
      /has no sessions.*Ended all sessions.*Disabled .*Enabled .*Deleted robert@example.com/s,
    );
    expect(overHttp).toMatch(/"role":"admin".*"passwordChangeRequired":true.*"temporaryPassword":"/s);
  });

  it("lists every request", () => {
    const requests = Object.values(adminUsers).map(({ rest: { method, path } }) => `${method} ${path}`);
    expect(requests.filter((request) => !text.includes(`| \`${request}\` |`))).toEqual([]);
  });
});
