import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Change } from "../../../../apps/server/src/database/change.js";
import {
  type Busy,
  type MailStore,
  type NewMail,
  NO_SITE,
  type Turns,
} from "../../../../apps/server/src/features/outbox/store.js";
import { timeOrderedId } from "../../../../apps/server/src/world/id.js";

export interface OpenedMailStore {
  readonly store: MailStore;
  /** A second store over the same database, as another process has it. */
  readonly other: MailStore;
  /** Commits a change that the store has made. */
  commit(change: Change): Promise<void>;
  close(): void | Promise<void>;
}

const NOTHING: Busy = { sites: [], domains: [] };

/** What every outbox must uphold, on any engine. */
export function mailStoreSuite(open: () => OpenedMailStore | Promise<OpenedMailStore>): void {
  let opened: OpenedMailStore;
  let store: MailStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const newMail = (change: Partial<NewMail> = {}): NewMail => ({
    id: timeOrderedId(change.createdAtMs ?? 1_000),
    to: "a@example.com",
    recipientKey: "a@example.com",
    template: "passwordChanged",
    language: "en",
    values: { at: "noon" },
    askedFrom: NO_SITE,
    createdAtMs: 1_000,
    expiresAtMs: 9_000,
    ...change,
  });
  const insert = async (change: Partial<NewMail> = {}) => {
    const mail = newMail(change);
    await store.insert(mail, { mostOpen: 1000 });
    return mail.id;
  };
  const claim = (
    lease: string,
    nowMs = 1_000,
    by = store,
    after: Turns = { template: "", askedFrom: new Map() },
    busy = NOTHING,
  ) => by.claim({ lease, nowMs, latestMs: nowMs + 100_000, untilMs: nowMs + 500, after, busy });

  /** Everything that is due, in the order in which one worker gets it. */
  const claimAll = async () => {
    const askedFrom = new Map<string, string>();
    const taken: string[] = [];
    for (let template = ""; ; ) {
      const mail = await claim("l", 5_000, store, { template, askedFrom });
      if (mail === undefined) return taken;
      template = mail.template;
      askedFrom.set(template, mail.askedFrom);
      taken.push(mail.to);
    }
  };

  describe("mails that are due", () => {
    const ask = (to: string, change: Partial<NewMail> = {}) =>
      insert({ to, recipientKey: to, template: "passwordRecovery", values: null, ...change });

    it("are claimed by the sites that asked for them in turn, each site's in the order of their times", async () => {
      for (let i = 0; i < 4; i++) await ask(`flood ${i}`, { askedFrom: "a", createdAtMs: 1_000 + i });
      await ask("honest", { askedFrom: "b", createdAtMs: 2_000 });
      await ask("also honest", { askedFrom: "c", createdAtMs: 3_000 });
      expect(await claimAll()).toEqual(["flood 0", "honest", "also honest", "flood 1", "flood 2", "flood 3"]);
    });

    it("are claimed by templates in turn, however many sites ask for one", async () => {
      for (let i = 0; i < 5; i++) await ask(`flood ${i}`, { askedFrom: `site ${i}` });
      await insert({ to: "notice", template: "newDevice" });
      await insert({ to: "another", template: "newDevice", createdAtMs: 2_000 });
      await insert({ to: "third", template: "zeal" });
      const order = ["notice", "flood 0", "third", "another", "flood 1", "flood 2", "flood 3", "flood 4"];
      expect(await claimAll()).toEqual(order);
    });

    it("are passed over while their site or the domain of their recipient is busy", async () => {
      await ask("one@slow.example", { askedFrom: "a" });
      await ask("two@fast.example", { askedFrom: "b" });
      await ask("three@notslow.example", { askedFrom: "c" });
      await insert({ to: "notice", recipientKey: "notice@slow.example", template: "newDevice" });
      const next = async (busy: Partial<Busy>) =>
        (await claim("l", 5_000, store, undefined, { ...NOTHING, ...busy }))?.to;
      expect(await next({ domains: ["slow.example"], sites: ["b"] })).toBe("three@notslow.example");
      expect(await next({ domains: ["slow.example"], sites: ["a", "b"] })).toBeUndefined();
      expect(await next({ domains: ["slow.example"] })).toBe("two@fast.example");
      expect(await next({ sites: ["a", "b", "c"] })).toBe("notice");
      expect(await next({})).toBe("one@slow.example");
    });

    it("are passed over while their site is busy, however many it has asked for", async () => {
      for (let i = 0; i < 300; i++) await ask(`flood ${i}`, { askedFrom: "a" });
      await ask("honest", { askedFrom: "b" });
      const mail = await claim("l", 5_000, store, undefined, { sites: ["a"], domains: [] });
      expect(mail?.to).toBe("honest");
    });

    it("are passed over while they are not due", async () => {
      await ask("later", { askedFrom: "a", createdAtMs: 9_000, expiresAtMs: 99_000 });
      await insert({ to: "later too", template: "newDevice", createdAtMs: 9_000 });
      await ask("now", { askedFrom: "a" });
      expect(await claimAll()).toEqual(["now"]);
    });
  });

  describe("a mail that is claimed", () => {
    it("is the one that has been due for longest, with its text", async () => {
      await insert({ createdAtMs: 3_000 });
      const id = await insert({ createdAtMs: 2_000, values: { at: "two" } });
      expect(await claim("l", 1_999)).toBeUndefined();
      const mail = await claim("l", 3_000);
      expect(mail).toMatchObject({
        id,
        values: { at: "two" },
        state: "waiting",
        attempts: 1,
        dueAtMs: 3_500,
      });
    });

    it("belongs to one worker while the lease lasts, and may be taken by another afterwards", async () => {
      const id = await insert();
      expect((await claim("first"))?.id).toBe(id);
      expect(await store.hasDue({ nowMs: 1_499, latestMs: 101_499 })).toBe(false);
      expect(await claim("second", 1_499, opened.other)).toBeUndefined();
      expect(await store.hasDue({ nowMs: 1_500, latestMs: 101_500 })).toBe(true);
      expect(await claim("second", 1_500, opened.other)).toMatchObject({ id, attempts: 2 });
      expect(await store.settle({ id, lease: "first" }, { state: "failed", error: "E" })).toBe(false);
      expect(await opened.other.settle({ id, lease: "second" }, { state: "sent" })).toBe(true);
    });

    it("goes to exactly one of many that ask at once, from two processes", async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => insert()));
      const claims = Array.from({ length: 60 }, (_, i) =>
        claim(String(i), 1_000, i % 2 ? store : opened.other),
      );
      const taken = (await Promise.all(claims)).flatMap((mail) => (mail ? [mail.id] : []));
      expect(taken.sort()).toEqual(ids.sort());
    });
  });

  describe("a settled mail", () => {
    it("is wiped and remembered when it was sent", async () => {
      const id = await insert();
      await claim("l");
      await store.settle({ id, lease: "l" }, { state: "sent" });
      expect(await store.find(id)).toMatchObject({
        state: "sent",
        values: null,
        attempts: 1,
        lastError: null,
      });
      expect(await claim("l", 8_000)).toBeUndefined();
    });

    it("keeps its text if there is no mail server", async () => {
      const id = await insert();
      await claim("l");
      await store.settle({ id, lease: "l" }, { state: "kept" });
      expect(await store.find(id)).toMatchObject({ state: "kept", values: { at: "noon" } });
      expect(await store.hasDue({ nowMs: 8_000, latestMs: 108_000 })).toBe(false);
    });

    it("is due again when it is to be retried", async () => {
      const id = await insert();
      await claim("l");
      await store.settle({ id, lease: "l" }, { state: "waiting", dueAtMs: 4_000, error: "ECONNECTION" });
      expect(await claim("l", 3_999)).toBeUndefined();
      expect(await claim("l", 4_000)).toMatchObject({ id, attempts: 2, lastError: "ECONNECTION" });
    });

    it("is not retried automatically when it has failed, but on request", async () => {
      const id = await insert();
      expect(await store.retry(id, 2_000)).toBe(false);
      await claim("l");
      await store.settle({ id, lease: "l" }, { state: "failed", error: "550" });
      expect(await claim("l", 8_000)).toBeUndefined();
      expect(await store.retry("another", 2_000)).toBe(false);
      expect(await store.retry(id, 9_000)).toBe(false);
      expect(await store.retry(id, 2_000)).toBe(true);
      expect(await claim("l", 2_000)).toMatchObject({ id, attempts: 1 });
    });
  });

  describe("a requested mail", () => {
    const asked = () => insert({ template: "passwordRecovery", values: null });
    const writing = {
      to: "A@example.com",
      language: "zh-CN",
      values: { link: "x" },
      expiresAtMs: 7_000,
    } as const;

    it("is written by the worker that holds it, and then waits", async () => {
      const id = await asked();
      expect(await claim("l")).toMatchObject({ id, state: "asked", values: null });
      expect(await store.write({ id, lease: "another" }, writing)).toBe(false);
      expect(await store.write({ id, lease: "l" }, writing)).toBe(true);
      expect(await store.find(id)).toMatchObject({ state: "waiting", ...writing });
      expect(await store.write({ id, lease: "l" }, writing)).toBe(false);
    });

    it("is not requested again before it is decided", async () => {
      const id = await asked();
      expect(
        await opened.other.insert(newMail({ template: "passwordRecovery", values: null }), { mostOpen: 9 }),
      ).toBe(true);
      await insert({ template: "verifyAddress", values: null });
      await insert({ template: "passwordRecovery", values: null, recipientKey: "b@example.com" });
      expect(await store.list({ limit: 9 })).toHaveLength(3);
      await claim("l");
      await store.write({ id, lease: "l" }, writing);
      await asked();
      expect(await store.list({ limit: 9 })).toHaveLength(4);
    });

    it("is dropped without a trace if there is nothing to write", async () => {
      const id = await asked();
      await claim("l");
      expect(await store.drop({ id, lease: "another" })).toBe(false);
      expect(await store.drop({ id, lease: "l" })).toBe(true);
      expect(await store.find(id)).toBeUndefined();
    });
  });

  it("accepts no more open mails for one recipient than allowed, of many at once", async () => {
    const insertions = Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? store : opened.other).insert(newMail(), { mostOpen: 3 }),
    );
    expect((await Promise.all(insertions)).filter(Boolean)).toHaveLength(3);
    expect(await store.insert(newMail({ recipientKey: "b@example.com" }), { mostOpen: 3 })).toBe(true);
    const mail = await claim("l");
    await store.settle({ id: mail?.id ?? "", lease: "l" }, { state: "sent" });
    expect(await store.insert(newMail(), { mostOpen: 3 })).toBe(true);
  });

  it("is requested once, of many requests at once from two processes", async () => {
    const asked = { template: "passwordRecovery", values: null };
    const insertions = Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? store : opened.other).insert(newMail(asked), { mostOpen: 9 }),
    );
    expect(await Promise.all(insertions)).toEqual(insertions.map(() => true));
    expect(await store.list({ limit: 9 })).toHaveLength(1);
  });

  it("is written by one of two processes, once its lease was taken over", async () => {
    const id = await insert({ template: "passwordRecovery", values: null });
    const writing = {
      to: "a@example.com",
      language: "en",
      values: { link: "x" },
      expiresAtMs: 9_000,
    } as const;
    await claim("first");
    await claim("second", 2_000, opened.other);
    const writes = [
      store.write({ id, lease: "first" }, writing),
      opened.other.write({ id, lease: "second" }, writing),
    ];
    expect(await Promise.all(writes)).toEqual([false, true]);
  });

  it("has the text as it was given, whatever characters it has", async () => {
    const values = { name: 'NUL \0 half \ud83d ü 漢 \u2028 "\\', key: "\ude00" };
    const id = await insert({ values });
    expect((await store.find(id))?.values).toEqual(values);
    expect((await claim("l"))?.values).toEqual(values);
  });

  it("inserts a mail with another change, and says whether it was accepted", async () => {
    const take = async (mail: NewMail) => {
      const told: boolean[] = [];
      await opened.commit(store.insertion(mail, { mostOpen: 1 }, (inserted) => void told.push(inserted)));
      return told;
    };
    const mail = newMail();
    expect(await take(mail)).toEqual([true]);
    expect(await store.find(mail.id)).toMatchObject({ id: mail.id, state: "waiting" });
    expect(await take(newMail())).toEqual([false]);
    expect(await store.list({ limit: 9 })).toHaveLength(1);
  });

  it("lists mails, newest first, page by page and by state", async () => {
    const ids: string[] = [];
    for (const createdAtMs of [1_000, 2_000, 3_000]) ids.unshift(await insert({ createdAtMs }));
    const idsOf = async (page: Parameters<MailStore["list"]>[0]) =>
      (await store.list(page)).map(({ id }) => id);
    expect(await idsOf({ limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await idsOf({ limit: 2, beforeId: ids[1] })).toEqual(ids.slice(2));
    await claim("l");
    await store.settle({ id: ids[2] ?? "", lease: "l" }, { state: "sent" });
    expect(await idsOf({ limit: 5, state: "sent" })).toEqual(ids.slice(2));
    expect(await idsOf({ limit: 5, state: "waiting" })).toEqual(ids.slice(0, 2));
  });

  it("deletes what is old and wipes what has expired, a bounded number at once", async () => {
    const old = await insert({ createdAtMs: 500 });
    const kept = await insert({ expiresAtMs: 2_000 });
    for (const id of [old, kept]) {
      await claim("l");
      await store.settle({ id, lease: "l" }, { state: "kept" });
    }
    const waiting = await insert({ expiresAtMs: 2_000 });
    const bounds = { nowMs: 2_000, madeBeforeMs: 1_000, limit: 10 };
    expect(await store.deleteOver({ ...bounds, nowMs: 1_999, madeBeforeMs: 500 })).toBe(0);
    expect(await store.deleteOver(bounds)).toBe(2);
    expect(await store.find(old)).toBeUndefined();
    expect(await store.find(kept)).toMatchObject({ values: null, state: "kept" });
    expect(await store.find(waiting)).toMatchObject({ values: { at: "noon" } });
    expect(await store.deleteOver(bounds)).toBe(0);
    for (let i = 0; i < 5; i++) await insert({ createdAtMs: 500 });
    expect(await store.deleteOver({ ...bounds, limit: 3 })).toBe(3);
  });

  it("deletes all mails about an account or to its address with another change, sent ones too", async () => {
    const [own, moved, foreign] = ["own", "moved", "foreign"].map((about) => newMail({ about }));
    if (!own || !moved || !foreign) throw new Error("three were made");
    const other = { to: "b@example.com", recipientKey: "b@example.com" };
    await store.insert(own, { mostOpen: 9 });
    await store.insert({ ...moved, ...other, about: "own" }, { mostOpen: 9 });
    await store.insert({ ...foreign, ...other }, { mostOpen: 9 });
    const claim = {
      lease: "l",
      nowMs: 1_000,
      latestMs: 9_000,
      untilMs: 2_000,
      after: { template: "", askedFrom: new Map() },
      busy: NOTHING,
    };
    const first = await store.claim(claim);
    await store.settle({ id: first?.id ?? "", lease: "l" }, { state: "sent" });
    await opened.commit(store.deletionOf({ about: "own", recipientKey: "a@example.com" }));
    expect((await store.list({ limit: 9 })).map(({ id }) => id)).toEqual([foreign.id]);
  });
}
