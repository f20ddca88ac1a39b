import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cause, unaudited } from "../../../../apps/server/src/cause.js";
import { onCommit } from "../../../../apps/server/src/database/change.js";
import { sqliteChange } from "../../../../apps/server/src/database/sqlite/sqlite.js";
import { openAudit } from "../../../../apps/server/src/features/audit/index.js";
import type { Audit } from "../../../../apps/server/src/features/audit/service.js";
import {
  createEvents,
  type Events,
  eventKind,
  type Facts,
} from "../../../../apps/server/src/features/events/service.js";
import { silentLog } from "../../../../apps/server/src/world/log.js";
import { createSeal } from "../../../../apps/server/src/world/seal.js";
import { frozenClock } from "../../../support/server.js";
import { openTestSqlite, type TestSqlite } from "../../../support/sqlite.js";

const greeted = eventKind<Facts & { readonly words: string }>("test.greeted");
const cause: Cause = Object.freeze({
  action: "test.greet",
  actor: "anna",
  address: "192.0.2.1",
  details: { fields: ["words"] },
  language: "en",
});

let opened: TestSqlite;
let audit: Audit;
let events: Events;
beforeEach(async () => {
  opened = openTestSqlite();
  const host = { database: opened.database, clock: frozenClock(), log: silentLog };
  audit = await openAudit(
    { ...host, redis: undefined, metrics: undefined, seal: createSeal([]), close: async () => {} },
    { days: 30 },
    900_000,
  );
  events = createEvents({ audit });
});
afterEach(() => opened.close());

const happen = (facts: Partial<Facts> = {}, by = cause) =>
  opened.sqlite.write((add) => add(events.of(by, greeted, { subject: "bert", words: "hello", ...facts })));
const entries = async () => (await audit.list({}, { limit: 10 })).entries;

describe("an event", () => {
  it("is in the audit log with the data of its cause and its own", async () => {
    await happen({ details: { count: 2 } });
    expect(await entries()).toMatchObject([
      {
        action: "test.greet",
        outcome: "ok",
        actor: "anna",
        subject: "bert",
        address: "192.0.2.1",
        details: JSON.stringify({ count: 2, fields: ["words"] }),
      },
    ]);
  });

  it("counts as its subject's own action if the caller is unknown", async () => {
    await happen({}, { ...cause, actor: undefined });
    expect(await entries()).toMatchObject([{ actor: "bert", subject: "bert" }]);
  });

  it("of a cause whose successes are not recorded has no entry, and is reported to listeners", async () => {
    const heard: string[] = [];
    events.on(greeted, ({ words }) => onCommit(() => void heard.push(words)));
    await happen({}, unaudited(cause));
    expect([await entries(), heard]).toEqual([[], ["hello"]]);
  });

  it("is reported only to listeners of its kind", async () => {
    const heard: string[] = [];
    events.on(greeted, () => onCommit(() => void heard.push("first")));
    events.on(eventKind("test.greeted"), () => onCommit(() => void heard.push("another kind of that name")));
    events.on(greeted, ({ subject }, { language }) =>
      onCommit(() => void heard.push(`${subject} ${language}`)),
    );
    await happen();
    expect(heard).toEqual(["first", "bert en"]);
  });

  it("is undone with its change if a listener cannot write", async () => {
    events.on(greeted, () =>
      sqliteChange(() => {
        throw new Error("no room");
      }),
    );
    await expect(happen()).rejects.toThrow("no room");
    expect([await entries(), events.wasTold(cause)]).toEqual([[], false]);
  });

  it("is reported once its change is committed, and not before", async () => {
    const change = events.of(cause, greeted, { subject: "bert", words: "hello" });
    expect(events.wasTold(cause)).toBe(false);
    await opened.sqlite.write((add) => add(change));
    expect([events.wasTold(cause), events.wasTold({ ...cause })]).toEqual([true, false]);
  });
});
