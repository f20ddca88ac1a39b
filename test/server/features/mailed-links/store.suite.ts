import { afterEach, beforeEach, expect, it } from "vitest";
import type { SecretStore, StoredSecret } from "../../../../apps/server/src/features/mailed-links/store.js";

export interface OpenedSecretStore {
  readonly store: SecretStore;
  /** Two existing users. */
  readonly uuids: readonly [string, string];
  deleteUser(uuid: string): Promise<void>;
  close(): void | Promise<void>;
}

/** What every store of one-time secrets must uphold, on any engine. */
export function secretStoreSuite(open: () => Promise<OpenedSecretStore>): void {
  let opened: OpenedSecretStore;
  let store: SecretStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const secret = (hash: string, change: Partial<StoredSecret> = {}): StoredSecret => ({
    hash,
    purpose: "recovery",
    subject: opened.uuids[0],
    epoch: 0,
    email: "a@example.com",
    expiresAtMs: 1_000,
    ...change,
  });

  it("finds a secret by its hash", async () => {
    await store.insert(secret("h", { epoch: 3, email: "b@example.com" }));
    expect(await store.find("h")).toEqual(secret("h", { epoch: 3, email: "b@example.com" }));
    expect(await store.find("another")).toBeUndefined();
  });

  it("replaces an older secret of the same user and purpose with a newer one, and no other", async () => {
    await store.insert(secret("old"));
    await store.insert(secret("other purpose", { purpose: "verification" }));
    await store.insert(secret("other user", { subject: opened.uuids[1] }));
    await store.insert(secret("new"));
    expect(await store.find("old")).toBeUndefined();
    for (const hash of ["new", "other purpose", "other user"]) expect(await store.find(hash)).toBeDefined();
  });

  it("deletes a user's secrets, all of them or those for one purpose", async () => {
    await store.insert(secret("a"));
    await store.insert(secret("b", { purpose: "verification" }));
    await store.insert(secret("other user", { subject: opened.uuids[1] }));
    await store.deleteOf(opened.uuids[0], "verification");
    expect(await store.find("a")).toBeDefined();
    expect(await store.find("b")).toBeUndefined();
    await store.deleteOf(opened.uuids[0]);
    expect(await store.find("a")).toBeUndefined();
    expect(await store.find("other user")).toBeDefined();
  });

  it("deletes a user's secrets with the user", async () => {
    await store.insert(secret("a"));
    await opened.deleteUser(opened.uuids[0]);
    expect(await store.find("a")).toBeUndefined();
  });

  it("accepts no secret for a user who was deleted", async () => {
    await opened.deleteUser(opened.uuids[0]);
    await store.insert(secret("a"));
    expect(await store.find("a")).toBeUndefined();
  });

  it("deletes what has expired and nothing else, a bounded number at once", async () => {
    await store.insert(secret("a"));
    await store.insert(secret("b", { purpose: "verification" }));
    await store.insert(secret("alive", { purpose: "emailChange", expiresAtMs: 1_001 }));
    expect(await store.deleteOver({ nowMs: 1_000, limit: 1 })).toBe(1);
    expect(await store.deleteOver({ nowMs: 1_000, limit: 10 })).toBe(1);
    expect(await store.find("alive")).toBeDefined();
  });
}
