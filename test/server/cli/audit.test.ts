import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registerUser } from "../../support/rest.js";
import { isOnSqlite, runElsewhere } from "../../support/rows.js";
import { startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";

let server: TestServer;
let operator: Operator;
beforeEach(async () => {
  server = await startServer();
  operator = await newOperator(server.databasePath);
});
afterEach(async () => {
  await server.close();
  await operator.leave();
});

const ANNA = "8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77";
const record = (change = {}) =>
  server.app.features.audit.record({ action: "auth.login", actor: ANNA, subject: ANNA, ...change });
const tamper = async (...statements: readonly string[]) => {
  const guards = isOnSqlite()
    ? ["stay", "remain"].map((name) => `DROP TRIGGER audit_entries_${name}`)
    : ["ALTER TABLE audit_entries DISABLE TRIGGER USER"];
  const checkpoint = isOnSqlite()
    ? "DROP TRIGGER audit_checkpoint_begins"
    : "ALTER TABLE audit_checkpoint DISABLE TRIGGER USER";
  for (const each of [...guards, checkpoint, ...statements]) await runElsewhere(server, each);
};

describe("audit list", () => {
  it("lists entries, newest first, and says how to continue", async () => {
    await record({ address: "192.0.2.1", details: { count: 3 } });
    await record({ action: "auth.logout" });
    await operator.json(["keys", "rotate"]);
    const { entries, next } = await operator.json(["audit", "list", "--limit", "2"]);
    expect(entries.map(({ action, actor }: Record<string, string>) => [action, actor])).toEqual([
      ["keys.rotate", "operator"],
      ["auth.logout", ANNA],
    ]);
    const rest = await operator.json(["audit", "list", "--before", String(next)]);
    expect(rest).toMatchObject({
      entries: [{ number: 1, details: [{ name: "count", value: "3" }] }],
      next: null,
    });
    const { stdout } = await operator.run(["audit", "list", "--action", "auth.", "--limit", "1"]);
    expect(stdout).toMatch(
      /^NUMBER +AT +ACTION .*\n2 .* auth\.logout +ok .*\n\nThere may be more: --before 2\n$/,
    );
  });

  it("finds an account by its address, even if another account has that address as username", async () => {
    const email = await registerUser(server);
    const account = await server.app.features.accounts.find({ email });
    await record({ subject: account?.uuid });
    await record();
    const { entries } = await operator.json(["audit", "list", "--subject", email, "--actor", ANNA]);
    expect(entries).toMatchObject([{ subject: account?.uuid }]);
    expect((await operator.run(["audit", "list", "--actor", "nobody@example.com"])).exitCode).toBe(1);
  });

  it("filters by time and outcome, and refuses an invalid time", async () => {
    await record();
    const list = (...words: string[]) => operator.json(["audit", "list", ...words]);
    expect((await list("--from", "2026-01-15", "--to", "2026-01-16")).entries).toHaveLength(1);
    expect((await list("--from", "2026-01-15T12:00:00.001Z")).entries).toHaveLength(0);
    expect((await list("--outcome", "failed")).entries).toHaveLength(0);
    expect((await operator.run(["audit", "list", "--from", "yesterday"])).exitCode).toBe(2);
  });
});

describe("audit verify", () => {
  it("says that an intact log is intact, and what to record", async () => {
    expect((await operator.run(["audit", "verify"])).stdout).toBe("The audit log is empty.\n");
    await record();
    await record();
    const head = (await operator.run(["audit", "head"])).stdout.trim();
    expect(head).toMatch(/^2:[0-9a-f]{64}$/);
    const { exitCode, stdout } = await operator.run(["audit", "verify", "--head", head]);
    expect(stdout).toBe(
      `The audit log is intact: 2 entries, from 1 to 2.\nRecord the head elsewhere: ${head}\n`,
    );
    expect(exitCode).toBe(0);
  });

  it("names the first entry that was changed and exits 1", async () => {
    for (let i = 0; i < 3; i++) await record();
    await tamper("UPDATE audit_entries SET outcome = 'ok', actor = 'x' WHERE number = 2");
    const stderr = "latchkey: Entry 2 of the audit log, or one before it, was changed.\n";
    expect(await operator.run(["audit", "verify"])).toEqual({ exitCode: 1, stdout: "", stderr });
  });

  it("says where the log begins if its beginning was cut off, and exits 1", async () => {
    for (let i = 0; i < 3; i++) await record();
    const head = (await operator.run(["audit", "head"])).stdout.trim();
    await tamper(
      "INSERT INTO audit_checkpoint SELECT 1, number, hash FROM audit_entries WHERE number = 2",
      "DELETE FROM audit_entries WHERE number <= 2",
    );
    const stderr =
      "latchkey: The beginning of the audit log was cut off: entry 3 is the first, but those before it were " +
      "not older than AUDIT_DAYS.\n";
    const broken = { exitCode: 1, stdout: "", stderr };
    expect(await operator.run(["audit", "verify"])).toEqual(broken);
    expect(await operator.run(["audit", "verify", "--head", head])).toEqual(broken);
  });

  it("detects by a recorded head that the end was cut off, and exits 1", async () => {
    for (let i = 0; i < 3; i++) await record();
    const head = (await operator.run(["audit", "head"])).stdout.trim();
    await tamper("DELETE FROM audit_entries WHERE number > 1");
    expect((await operator.run(["audit", "verify"])).exitCode).toBe(0);
    const { exitCode, stderr } = await operator.run(["audit", "verify", "--head", head, "--json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "AUDIT_BROKEN",
        message: "Entry 3 is no longer there: the end of the audit log was cut off.",
      },
    });
  });
});
