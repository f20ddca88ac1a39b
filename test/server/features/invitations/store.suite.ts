import { afterEach, beforeEach, expect, it } from "vitest";
import { type Change, NO_CHANGE, onCommit } from "../../../../apps/server/src/database/change.js";
import type { NewAccount } from "../../../../apps/server/src/features/accounts/store.js";
import type { Invitation, InvitationStore } from "../../../../apps/server/src/features/invitations/store.js";

export interface OpenedInvitationStore {
  readonly store: InvitationStore;
  /** A second store over the same database, as another process has it. */
  readonly other: InvitationStore;
  /** Adds an account to the same database. */
  addAccount(account: Pick<NewAccount, "uuid" | "role" | "disabled">): Promise<void>;
  /** Commits a change that the store has made. */
  commit(change: Change): Promise<void>;
  close(): void | Promise<void>;
}

/** What every store of invitations must uphold, on any engine. */
export function invitationStoreSuite(open: () => Promise<OpenedInvitationStore>): void {
  let opened: OpenedInvitationStore;
  let store: InvitationStore;
  let also: string[];
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
    also = [];
  });
  afterEach(() => opened.close());

  const invitation = (uuid: string, change: Partial<Invitation> = {}): Invitation => ({
    uuid,
    email: `${uuid}@Example.com`,
    emailKey: `${uuid}@example.com`,
    role: "user",
    language: null,
    invitedBy: null,
    createdAtMs: 500,
    expiresAtMs: 1_000,
    ...change,
  });
  /** A change that is seen once it is committed. */
  const seen = (what: string) => onCommit(() => void also.push(what));
  const fill = async (...invitations: readonly Invitation[]) => {
    for (const each of invitations) await store.insert(each, () => NO_CHANGE);
  };
  const uuidsAt = async (nowMs: number, limit = 10, before?: string) =>
    (await store.list({ nowMs, limit, before })).map(({ uuid }) => uuid);

  it("finds an invitation as it was given, by its uuid and by the key of its address", async () => {
    const given = invitation("a", { role: "admin", language: "zh-CN" });
    await store.insert(given, () => seen("inserted"));
    expect(also).toEqual(["inserted"]);
    expect(await opened.other.find("a")).toEqual(given);
    expect(await opened.other.findByEmailKey("a@example.com")).toEqual(given);
    expect(await store.find("b")).toBeUndefined();
    expect(await store.findByEmailKey("a@Example.com")).toBeUndefined();
  });

  it("deletes an account's invitations for a role with another change, and says which", async () => {
    const mine = invitation("a", { invitedBy: "ann", role: "admin" });
    const second = invitation("b", { invitedBy: "ann", role: "admin" });
    const rest = [
      invitation("c", { invitedBy: "ann" }),
      invitation("d", { invitedBy: "bea", role: "admin" }),
      invitation("e", { role: "admin" }),
    ];
    await fill(mine, second, ...rest);
    const deleted: Invitation[] = [];
    const deletion = store.deletionOfInviter({ invitedBy: "ann", role: "admin" }, (found) => {
      deleted.push(...found);
      return seen("deleted");
    });
    expect(await store.find("a")).toEqual(mine);
    await opened.commit(deletion);
    expect([deleted, also]).toEqual([[mine, second], ["deleted"]]);
    expect(await uuidsAt(0)).toEqual(["e", "c"]);
    expect(await store.find("d")).toEqual(rest[1]);
  });

  it("replaces an earlier invitation of the address, and says which one", async () => {
    const replaced: Array<Invitation | undefined> = [];
    const insert = (given: Invitation) =>
      store.insert(given, (earlier) => {
        replaced.push(earlier);
        return NO_CHANGE;
      });
    const first = invitation("a");
    await insert(first);
    await insert(invitation("b"));
    await insert(invitation("c", { emailKey: first.emailKey }));
    expect(replaced).toEqual([undefined, undefined, first]);
    expect(await uuidsAt(0)).toEqual(["c", "b"]);
  });

  it("keeps one invitation of an address of many at once", async () => {
    const many = Array.from({ length: 20 }, (_, i) => invitation(`u${i}`, { emailKey: "same@example.com" }));
    await Promise.all(
      many.map((each, i) => (i % 2 === 0 ? store : opened.other).insert(each, () => NO_CHANGE)),
    );
    expect(await uuidsAt(0, 100)).toHaveLength(1);
  });

  it("inserts nothing if what belongs to it cannot be made", async () => {
    await fill(invitation("a"));
    const failing = store.insert(invitation("b", { emailKey: "a@example.com" }), () => {
      throw new Error("cannot be made");
    });
    await expect(failing).rejects.toThrow("cannot be made");
    expect(await uuidsAt(0)).toEqual(["a"]);
  });

  it("lists those that have not expired, the newest first, page by page", async () => {
    await fill(invitation("a"), invitation("c", { expiresAtMs: 2_000 }), invitation("b"), invitation("d"));
    expect(await uuidsAt(999)).toEqual(["d", "c", "b", "a"]);
    expect(await uuidsAt(999, 2)).toEqual(["d", "c"]);
    expect(await uuidsAt(999, 2, "c")).toEqual(["b", "a"]);
    expect(await uuidsAt(999, 2, "a")).toEqual([]);
    expect(await uuidsAt(1_000)).toEqual(["c"]);
  });

  it("lists none whose inviter could not make an administrator, on any page", async () => {
    await opened.addAccount({ uuid: "ann", role: "admin" });
    await opened.addAccount({ uuid: "bea", role: "user" });
    await opened.addAccount({ uuid: "cem", role: "admin", disabled: true });
    const by = (uuid: string, invitedBy: string, role: "user" | "admin" = "admin") =>
      invitation(uuid, { invitedBy, role });
    await fill(by("a", "ann"), by("b", "bea"), by("c", "cem"), by("d", "gone"), by("e", "gone", "user"));
    await fill(invitation("f", { role: "admin" }), by("g", "cem", "user"));
    expect(await uuidsAt(0)).toEqual(["g", "f", "e", "a"]);
    expect(await uuidsAt(0, 2, "f")).toEqual(["e", "a"]);
  });

  it("gives an invitation another end, together with another change", async () => {
    await fill(invitation("a"), invitation("b"));
    const renewed = invitation("a", { expiresAtMs: 3_000 });
    expect(await store.renew("a", 3_000, seen("renewed"))).toEqual(renewed);
    expect(await opened.other.find("a")).toEqual(renewed);
    expect(await opened.other.find("b")).toEqual(invitation("b"));
    expect(await store.renew("c", 3_000, seen("nothing"))).toBeUndefined();
    expect(also).toEqual(["renewed"]);
  });

  it("is deleted once, together with another change", async () => {
    await fill(invitation("a"), invitation("b"));
    const deletions = await Promise.all([
      store.delete("a", seen("deleted")),
      opened.other.delete("a", seen("deleted")),
    ]);
    expect(deletions.sort()).toEqual([false, true]);
    expect(also).toEqual(["deleted"]);
    expect(await uuidsAt(0)).toEqual(["b"]);
    await opened.commit(store.deletionOf("b"));
    await opened.commit(store.deletionOf("b"));
    expect(await uuidsAt(0)).toEqual([]);
  });

  it("deletes a limited number of those that have expired, and says how many", async () => {
    await fill(...["a", "b", "c"].map((uuid) => invitation(uuid)), invitation("d", { expiresAtMs: 1_001 }));
    expect(await store.deleteOver({ nowMs: 999, limit: 2 })).toBe(0);
    expect(await store.deleteOver({ nowMs: 1_000, limit: 2 })).toBe(2);
    expect(await store.deleteOver({ nowMs: 1_000, limit: 2 })).toBe(1);
    expect(await uuidsAt(0)).toEqual(["d"]);
  });
}
