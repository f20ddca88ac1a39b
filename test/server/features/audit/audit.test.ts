import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { link } from "../../../../apps/server/src/features/audit/chain.js";
import { openAudit } from "../../../../apps/server/src/features/audit/index.js";
import type { Audit, Failure } from "../../../../apps/server/src/features/audit/service.js";
import { APPEND_ONLY } from "../../../../apps/server/src/features/audit/tables.sqlite.js";
import { silentLog } from "../../../../apps/server/src/world/log.js";
import { createSeal } from "../../../../apps/server/src/world/seal.js";
import { frozenClock, type TestClock } from "../../../support/server.js";
import { openTestSqlite, type TestSqlite } from "../../../support/sqlite.js";

const WINDOW_MS = 900_000;
const DAY_MS = 24 * 60 * 60 * 1000;

let opened: TestSqlite;
let clock: TestClock;
let audit: Audit;
const open = (days: number) => {
  const host = {
    database: opened.database,
    clock,
    log: silentLog,
    redis: undefined,
    metrics: undefined,
    seal: createSeal([]),
  };
  return openAudit({ ...host, close: async () => {} }, { days }, WINDOW_MS);
};
beforeEach(async () => {
  opened = openTestSqlite();
  clock = frozenClock();
  audit = await open(30);
});
afterEach(() => opened.close());

const login = (change = {}) => ({ action: "auth.login", actor: "anna", subject: "anna", ...change });
const failure = (change: Partial<Failure> = {}): Failure => ({
  action: "auth.login",
  outcome: "INVALID_CREDENTIALS",
  actor: "anonymous",
  network: "192.0.2.1",
  address: "192.0.2.1",
  ...change,
});
const entries = async () => (await audit.list({}, { limit: 10_000 })).entries;
const written = () => opened.sqlite.write(() => {});

/** Changes the database as an attacker with full access would. */
const tamper = (...statements: readonly string[]) => {
  const shell = new Database(opened.path);
  for (const name of APPEND_ONLY.keys()) shell.exec(`DROP TRIGGER ${name}`);
  for (const statement of statements) shell.exec(statement);
  shell.close();
};

describe("an entry", () => {
  it("contains only the details on the list, within limits", async () => {
    const details = { fields: ["email", "phone"], reason: "x".repeat(500), password: "hunter2" };
    await audit.record(login({ details }));
    const [entry] = await entries();
    expect(entry?.details).toBe(JSON.stringify({ fields: ["email", "phone"], reason: "x".repeat(200) }));
  });

  it("is linked by a hash that anyone can compute", async () => {
    await audit.record(login({ userAgent: "Mozilla/5.0 \u2028 ü" }));
    const text =
      `["${"0".repeat(64)}",1,${clock.nowMs()},"auth.login","ok","anna","anna",null,` +
      '"Mozilla/5.0 \u2028 ü",null,null]';
    expect((await audit.head()).hash).toBe(createHash("sha256").update(text).digest("hex"));
  });
});

describe("verify", () => {
  beforeEach(async () => {
    for (let i = 0; i < 1200; i++) void audit.record(login());
    await written();
  });

  it("verifies a whole chain, however long", async () => {
    const checkpoint = { number: 0, hash: "0".repeat(64) };
    expect(await audit.verify()).toEqual({ whole: true, count: 1200, checkpoint, head: await audit.head() });
  });

  it.each([
    ["UPDATE audit_entries SET outcome = 'ok', actor = 'boris' WHERE number = 700", 700, "changed"],
    ["UPDATE audit_entries SET at = at + 1 WHERE number = 1", 1, "changed"],
    ["DELETE FROM audit_entries WHERE number = 700", 700, "missing"],
    ["DELETE FROM audit_entries WHERE number <= 700", 1, "missing"],
    ["UPDATE audit_entries SET hash = 'f00' WHERE number = 1200", 1200, "changed"],
  ])("after %s it names the first broken entry", async (statement, number, fault) => {
    tamper(statement);
    expect(await audit.verify()).toEqual({ whole: false, number, fault });
  });

  it("is intact after entries were deleted because of their age", async () => {
    clock.advance({ days: 31 });
    await audit.record(login());
    expect(await audit.deleteOver()).toBe(1000);
    expect(await audit.deleteOver()).toBe(199);
    expect(await audit.deleteOver()).toBe(0);
    expect(await audit.verify()).toMatchObject({ whole: true, count: 2, checkpoint: { number: 1199 } });
  });

  it.each([1, 600, 1199])(
    "shows that the beginning was cut off up to entry %s, also by a head",
    async (number) => {
      const noted = await audit.head();
      tamper(
        `INSERT INTO audit_checkpoint SELECT 1, number, hash FROM audit_entries WHERE number = ${number}`,
        `DELETE FROM audit_entries WHERE number <= ${number}`,
      );
      expect(await audit.verify()).toEqual({ whole: false, number: number + 1, fault: "cut" });
      expect(await audit.check(noted)).toBe("there");
    },
  );

  it("shows that everything was cut off", async () => {
    tamper(
      "INSERT INTO audit_checkpoint SELECT 1, max(number), hash FROM audit_entries",
      "DELETE FROM audit_entries",
    );
    expect(await audit.verify()).toEqual({ whole: false, number: 1201, fault: "cut" });
  });

  it("shows a cut that a forged entry from the future is meant to explain", async () => {
    const head = await audit.head();
    const forged = {
      ...{ atMs: clock.nowMs() + 400 * DAY_MS, action: "auth.login", outcome: "ok", actor: "anna" },
      ...{ subject: null, address: null, userAgent: null, requestId: null, details: null },
    };
    const hash = link(forged, head);
    tamper(
      `INSERT INTO audit_entries (number, at, action, outcome, actor, hash)
        VALUES (1201, ${forged.atMs}, 'auth.login', 'ok', 'anna', '${hash}')`,
      "INSERT INTO audit_checkpoint SELECT 1, number, hash FROM audit_entries WHERE number = 600",
      "DELETE FROM audit_entries WHERE number <= 600",
    );
    expect(await audit.verify()).toEqual({ whole: false, number: 601, fault: "cut" });
  });

  it("knows from the log itself what was deleted before more was to be kept", async () => {
    clock.advance({ days: 31 });
    await audit.record(login());
    await audit.deleteOver();
    for (const days of [0, 365]) {
      const later = await open(days);
      await later.deleteOver();
      expect(await later.verify()).toMatchObject({ whole: true, checkpoint: { number: 1000 } });
      const [newest] = (await later.list({}, { limit: 1 })).entries;
      expect(newest).toMatchObject({
        action: "audit.retention",
        actor: "operator",
        details: JSON.stringify({ count: 1000, days }),
      });
    }
    tamper(
      "UPDATE audit_checkpoint SET number = 1100, hash = (SELECT hash FROM audit_entries WHERE number = 1100)",
      "DELETE FROM audit_entries WHERE number <= 1100",
    );
    expect(await (await open(365)).verify()).toEqual({ whole: false, number: 1101, fault: "cut" });
  });

  it("deletes on time although nothing else is recorded", async () => {
    clock.advance({ days: 32 });
    expect(await audit.deleteOver()).toBe(1000);
    expect(await audit.deleteOver()).toBe(199);
    expect(await audit.verify()).toMatchObject({ whole: true, count: 2, checkpoint: { number: 1199 } });
  });

  it("detects by a recorded head whether the end was cut off or the chain rebuilt", async () => {
    const noted = await audit.head();
    await audit.record(login());
    expect(await audit.check(noted)).toBe("there");
    tamper("DELETE FROM audit_entries WHERE number >= 1200");
    expect(await audit.verify()).toMatchObject({ whole: true, count: 1199 });
    expect(await audit.check(noted)).toBe("gone");
    await audit.record(login({ actor: "boris" }));
    expect(await audit.check(noted)).toBe("other");
  });

  it("recognises a recorded head that was deleted because of its age", async () => {
    const noted = await audit.head();
    clock.advance({ days: 31 });
    await audit.record(login());
    await audit.deleteOver();
    await audit.deleteOver();
    expect(await audit.check(noted)).toBe("there");
    for (let i = 0; i < 2; i++) {
      clock.advance({ days: 31 });
      await audit.record(login());
    }
    await audit.deleteOver();
    expect(await audit.check(noted)).toBe("deleted");
  });
});

describe("failures", () => {
  it("get an entry each, while they are few", async () => {
    for (let i = 0; i < 5; i++) audit.recordFailure(failure({ subject: "anna" }));
    await written();
    expect((await entries()).map(({ outcome }) => outcome)).toEqual(Array(5).fill("INVALID_CREDENTIALS"));
  });

  it("of a flood from one network get 20 entries, and then the number of the others", async () => {
    for (let i = 0; i < 5000; i++) audit.recordFailure(failure());
    await written();
    expect(await entries()).toHaveLength(20);
    clock.advance({ ms: WINDOW_MS });
    await audit.deleteOver();
    const all = await entries();
    expect(all).toHaveLength(21);
    expect(all[0]).toMatchObject({ details: '{"repeated":4980}', address: "192.0.2.1" });
  });

  it("that a guess limit refuses get one entry per window and the number of the others", async () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 100; i++) audit.recordFailure(failure({ outcome: "RATE_LIMITED" }));
      clock.advance({ ms: WINDOW_MS });
    }
    await written();
    await audit.close();
    expect((await entries()).map(({ details }) => details)).toEqual([
      '{"repeated":99}',
      null,
      '{"repeated":99}',
      null,
    ]);
  });

  it("of a flood from everywhere stay within limits, and no count is lost", async () => {
    const times = 50_000;
    for (let i = 0; i < times; i++) {
      audit.recordFailure(failure({ network: `192.0.${i >> 8}.${i & 255}`, outcome: "TOKEN_INVALID" }));
    }
    await written();
    expect(await entries()).toHaveLength(1000);
    await audit.close();
    const all = await entries();
    expect(all.length).toBeLessThan(2100);
    const counted = all.map(({ details }) => (details === null ? 1 : JSON.parse(details).repeated));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(times);
  });

  it("at a known account keep their entries while strangers make noise", async () => {
    for (let i = 0; i < 5000; i++) {
      audit.recordFailure(failure({ network: `2001:db8:${i}::/64`, outcome: "TOKEN_INVALID" }));
    }
    audit.recordFailure(failure({ subject: "anna" }));
    await written();
    expect((await entries())[0]).toMatchObject({ subject: "anna", outcome: "INVALID_CREDENTIALS" });
  });
});
