import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, signUp } from "../../../support/rest.js";
import { isOnSqlite, rowsElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";

describe.each([
  ["signed with a shared secret", { JWT_SECRET: "a secret of these tests, long enough for HS256" }],
  ["signed with ES256, which signs differently each time", {}],
])("a successor %s", (_, environment) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ environment });
  });
  afterAll(() => server.close());

  it.each([
    ["with its idempotency key", { "Idempotency-Key": "the key of this attempt" }],
    ["without keys", {}],
  ])("is the same, byte for byte, if its exchange is repeated %s", async (_, headers) => {
    const { token } = await signUp(server);
    const refresh = () => send(server, "POST", "/api/users/refresh_token", { token, headers });
    const first = await refresh();
    server.clock.advance({ seconds: 3 });
    const second = await refresh();
    expect(first.status).toBe(200);
    expect(second.text).toBe(first.text);
  });

  it("cannot be read from the database", async () => {
    const { token } = await signUp(server);
    const { json } = await send(server, "POST", "/api/users/refresh_token", { token });
    const signature = String(json.access_token).split(".")[2] ?? "";
    expect(signature.length).toBeGreaterThan(40);
    const bytes = Buffer.from(signature, "base64url");
    for (const table of ["sessions", "revocations"]) {
      const rows = JSON.stringify(await rowsElsewhere(server, `SELECT * FROM ${table}`));
      for (const spelling of ["base64url", "base64", "hex"] as const)
        expect(rows).not.toContain(bytes.toString(spelling));
    }
    for (const suffix of isOnSqlite() ? ["", "-wal"] : []) {
      const file = readFileSync(server.databasePath + suffix);
      expect(file.includes(signature)).toBe(false);
      expect(file.includes(bytes)).toBe(false);
    }
  });
});
