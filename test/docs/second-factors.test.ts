import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environmentWithCurl } from "../start/curl.js";
import { codeNow } from "../support/factors.js";
import { login, PASSWORD, registerUser } from "../support/rest.js";
import { CHEAP_HASHES, frozenClock, startServer, type TestServer } from "../support/server.js";
import { ROOT, readDocument } from "./markdown.js";

const text = readDocument("apps/docs/guide/second-factors.md");
const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
const EMAIL = "robert@example.com";

describe("the guide to second factors", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ clock: frozenClock(Date.now()) });
    await registerUser(server, EMAIL, PASSWORD);
    environment = { TOKEN: await login(server, EMAIL) };
  });
  afterAll(() => server.close());

  let environment: Record<string, string>;
  let secret: string;
  const run = async (block = ""): Promise<string> => {
    const script = block
      .replaceAll("npm run --silent latchkey --", `node ${join(ROOT, "apps/server/dist/cli.js")}`)
      .replaceAll("http://localhost:8000", server.url)
      .replace("123456", () => codeNow(server, secret));
    const own = { ...CHEAP_HASHES, DATABASE_URL: server.databasePath, ...environment };
    const env = { ...(await environmentWithCurl()), ...own };
    return (await promisify(execFile)("sh", ["-e", "-c", script], { env })).stdout;
  };

  it("adds an authenticator app and makes new recovery codes, with commands that work one after the other", async () => {
    const begun = JSON.parse(await run(blocks.shift()));
    secret = begun.secret;
    environment = { ...environment, ID: begun.id };
    const confirmed = JSON.parse(await run(blocks.shift()));
    expect(confirmed).toMatchObject({ factor: { name: "My phone" }, recoveryCodes: { length: 10 } });
    const renewed = JSON.parse(await run(blocks.shift()));
    expect(renewed.recoveryCodes).toHaveLength(10);
  }, 180_000);

  it("removes all factors of a user", async () => {
    expect(await run(blocks.shift())).toMatch(
      /totp .*My phone\nRecovery codes left: 10\.\nRemoved all .*: 1\.\n$/s,
    );
  }, 180_000);

  it("makes a key that seals, and seals what was stored before", async () => {
    environment = { SEAL_KEY: (await run(blocks.shift())).trim() };
    expect(await run(blocks.shift())).toMatch(/^Sealed \d+ under the first key\./);
    expect(blocks).toEqual([]);
  }, 180_000);
});
