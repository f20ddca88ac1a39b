import { afterEach, beforeEach, expect, it } from "vitest";
import { onCommit } from "../../../../apps/server/src/database/change.js";
import type { Postcard, PostcardStore } from "../../../../apps/server/src/features/postcards/store.js";

export interface OpenedPostcardStore {
  readonly store: PostcardStore;
  /** Two users that are there. */
  readonly uuids: readonly [string, string];
  close(): void | Promise<void>;
}

/** What every store of postcards must keep, whatever engine it stands on. */
export function postcardStoreSuite(open: () => Promise<OpenedPostcardStore>): void {
  let opened: OpenedPostcardStore;
  let store: PostcardStore;
  let committed: string[];
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
    committed = [];
  });
  afterEach(() => opened.close());

  const write = (id: string, writtenAtMs: number, subject = opened.uuids[0]) => {
    const postcard: Postcard = { id, subject, text: `Greetings from ${id}`, writtenAtMs };
    return store.insert(
      postcard,
      onCommit(() => void committed.push(id)),
    );
  };
  const idsOf = async (subject: string) => (await store.listOf(subject)).map(({ id }) => id);

  it("lists an account's postcards, newest first, and no others", async () => {
    await write("a", 1);
    await write("b", 2);
    await write("c", 3, opened.uuids[1]);
    expect(await idsOf(opened.uuids[0])).toEqual(["b", "a"]);
    expect(await store.count()).toBe(3);
  });

  it("keeps no more than there is room for, and commits nothing with what it refuses", async () => {
    for (const id of ["a", "b", "c"]) expect(await write(id, 1)).toBe("kept");
    expect(await write("d", 1)).toEqual({ full: { kept: 3 } });
    expect(await write("e", 1, "gone")).toBe("gone");
    expect(committed).toEqual(["a", "b", "c"]);
    expect(await store.count()).toBe(3);
  });

  it("deletes the old ones, a bounded number at a time", async () => {
    for (const [index, id] of ["a", "b", "c"].entries()) await write(id, index);
    expect(await store.deleteOlder({ thanMs: 2, limit: 1 })).toBe(1);
    expect(await store.deleteOlder({ thanMs: 2, limit: 5 })).toBe(1);
    expect(await idsOf(opened.uuids[0])).toEqual(["c"]);
  });
}
