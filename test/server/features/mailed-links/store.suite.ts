import { afterEach, beforeEach, expect, it } from "vitest";
import { type Change, ChangeRefused, together } from "../../../../apps/server/src/database/change.js";
import type { MailedLink, MailedLinkStore } from "../../../../apps/server/src/features/mailed-links/store.js";

export interface OpenedMailedLinkStore {
  readonly store: MailedLinkStore;
  /** Two existing users. */
  readonly uuids: readonly [string, string];
  /** Commits a change that the store has made. */
  commit(change: Change): Promise<void>;
  deleteUser(uuid: string): Promise<void>;
  close(): void | Promise<void>;
}

/** What every store of mailed links must uphold, on any engine. */
export function mailedLinkStoreSuite(open: () => Promise<OpenedMailedLinkStore>): void {
  let opened: OpenedMailedLinkStore;
  let store: MailedLinkStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const link = (hash: string, change: Partial<MailedLink> = {}): MailedLink => ({
    hash,
    purpose: "recovery",
    subject: opened.uuids[0],
    epoch: 0,
    email: "a@example.com",
    sessionId: null,
    createdAtMs: 500,
    expiresAtMs: 1_000,
    ...change,
  });

  it("finds a link by its hash", async () => {
    await store.insert(link("h", { epoch: 3, email: "b@example.com" }));
    expect(await store.find("h")).toEqual(link("h", { epoch: 3, email: "b@example.com" }));
    expect(await store.find("another")).toBeUndefined();
  });

  it("replaces an older link of the same user and purpose with a newer one, and no other", async () => {
    await store.insert(link("old"));
    await store.insert(link("other purpose", { purpose: "verification" }));
    await store.insert(link("other user", { subject: opened.uuids[1] }));
    await store.insert(link("new"));
    expect(await store.find("old")).toBeUndefined();
    for (const hash of ["new", "other purpose", "other user"]) expect(await store.find(hash)).toBeDefined();
  });

  it("deletes a user's links with another change", async () => {
    for (const purpose of ["recovery", "verification", "emailChange"] as const) {
      await store.insert(link(purpose, { purpose }));
    }
    await opened.commit(store.deletionOf(opened.uuids[0], "verification"));
    expect(await store.find("recovery")).toBeDefined();
    expect(await store.find("verification")).toBeUndefined();
    await opened.commit(store.deletionOf(opened.uuids[0]));
    for (const hash of ["recovery", "emailChange"]) expect(await store.find(hash)).toBeUndefined();
  });

  it("lets a link be taken once: what was to be committed with it the second time is not", async () => {
    await store.insert(link("a"));
    await opened.commit(store.taking("a"));
    expect(await store.find("a")).toBeUndefined();
    const withAnother = together(store.insertion(link("b")), store.taking("a"));
    await expect(opened.commit(withAnother)).rejects.toThrow(ChangeRefused);
    expect(await store.find("b")).toBeUndefined();
  });

  it("deletes the links that end with a session, and no others", async () => {
    await store.insert(link("a", { sessionId: "one" }));
    await store.insert(link("b", { sessionId: "two", purpose: "verification" }));
    await store.insert(link("c", { purpose: "emailChange" }));
    await opened.commit(store.deletionOfSessions(["one", "another"]));
    expect(await store.find("a")).toBeUndefined();
    for (const hash of ["b", "c"]) expect(await store.find(hash)).toBeDefined();
  });

  it("keeps a link for an account that is still to be made, with another change", async () => {
    await opened.commit(store.insertion(link("a", { subject: "to be made" })));
    expect(await store.find("a")).toEqual(link("a", { subject: "to be made" }));
  });

  it("accepts no link for a user who was deleted", async () => {
    await opened.deleteUser(opened.uuids[0]);
    await store.insert(link("a"));
    expect(await store.find("a")).toBeUndefined();
  });

  it("deletes what has expired and nothing else, a bounded number at once", async () => {
    await store.insert(link("a"));
    await store.insert(link("b", { purpose: "verification" }));
    await store.insert(link("alive", { purpose: "emailChange", expiresAtMs: 1_001 }));
    expect(await store.deleteOver({ nowMs: 1_000, limit: 1 })).toBe(1);
    expect(await store.deleteOver({ nowMs: 1_000, limit: 10 })).toBe(1);
    expect(await store.find("alive")).toBeDefined();
  });
}
