import { afterEach, beforeEach, expect, it } from "vitest";
import type { PlaceStore } from "../../../../apps/server/src/features/known-places/store.js";

export interface OpenedPlaceStore {
  readonly store: PlaceStore;
  /** A second store over the same database, as another process has it. */
  readonly other: PlaceStore;
  close(): void | Promise<void>;
}

/** What every store of places must uphold, on any engine. */
export function placeStoreSuite(open: () => OpenedPlaceStore | Promise<OpenedPlaceStore>): void {
  let opened: OpenedPlaceStore;
  let store: PlaceStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const place = (id: string, endsAtMs: number, perOwner = 5) => ({
    id,
    ownerId: "owner",
    endsAtMs,
    perOwner,
    latestMs: 10_000,
  });
  const at = (nowMs: number) => ({ nowMs, latestMs: 10_000 });
  const remember = (by: PlaceStore, ...places: Parameters<PlaceStore["remembering"]>[0]) =>
    by.commit(by.remembering(places));
  const knownAt = async (nowMs: number, ...ids: string[]) =>
    (await store.known(ids, at(nowMs))).map(({ id }) => id).sort();

  it("knows a place until it is forgotten", async () => {
    expect(await knownAt(1_000, "home")).toEqual([]);
    await remember(opened.other, place("home", 2_000));
    expect(await store.known(["home", "office"], at(1_999))).toEqual([{ id: "home", endsAtMs: 2_000 }]);
    expect(await knownAt(2_000, "home")).toEqual([]);
    await remember(store, place("home", 5_000));
    expect(await knownAt(4_999, "home")).toEqual(["home"]);
  });

  it("knows whether an owner has any place", async () => {
    expect(await store.hasPlaces("owner", at(1_000))).toBe(false);
    await remember(opened.other, place("home", 2_000));
    expect(await store.hasPlaces("owner", at(1_999))).toBe(true);
    expect(await store.hasPlaces("owner", at(2_000))).toBe(false);
    expect(await store.hasPlaces("another", at(1_000))).toBe(false);
  });

  it("knows a limited number of places per owner: those that last the longest", async () => {
    await remember(store, place("a", 2_000, 2), place("b", 4_000, 2), place("c", 3_000, 2));
    await remember(store, { ...place("of another", 1_500, 2), ownerId: "another" });
    expect(await knownAt(1_000, "a", "b", "c", "of another")).toEqual(["b", "c", "of another"]);
  });

  it("keeps no more than that of many that are remembered at once, by two processes", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `place ${i}`);
    await Promise.all(
      ids.map((id, i) =>
        remember(i % 2 ? store : opened.other, place(id, 2_000 + i, 3), place("home", 9_000, 3)),
      ),
    );
    expect(await knownAt(1_000, "home", ...ids)).toEqual(["home", "place 18", "place 19"]);
  });

  it("forgets an owner's places and no other's", async () => {
    await remember(store, place("a", 2_000), { ...place("b", 2_000), ownerId: "another" });
    await store.commit(store.forgetting(["owner"]));
    expect(await knownAt(1_000, "a", "b")).toEqual(["b"]);
  });

  it("deletes what has expired and nothing else", async () => {
    await remember(store, place("home", 2_000), place("hotel", 1_500), place("office", 9_000));
    expect(await store.deleteOver({ ...at(2_000), limit: 1 })).toBe(1);
    expect(await store.deleteOver({ ...at(2_000), limit: 10 })).toBe(1);
    expect(await knownAt(3_000, "office")).toEqual(["office"]);
  });

  it("does not count a place from a clock that was ahead, and lets it go first", async () => {
    await remember(store, { ...place("from the future", 90_000, 2), latestMs: 100_000 });
    expect(await knownAt(1_000, "from the future")).toEqual([]);
    expect(await store.hasPlaces("owner", at(1_000))).toBe(false);
    await remember(store, place("a", 2_000, 2), place("b", 3_000, 2));
    expect(await knownAt(1_000, "a", "b", "from the future")).toEqual(["a", "b"]);
    await remember(store, { ...place("again", 90_000), ownerId: "another", latestMs: 100_000 });
    expect(await store.deleteOver({ ...at(1_000), limit: 10 })).toBe(1);
  });

  it("remembers a place with another change, or not at all", async () => {
    const change = store.remembering([place("home", 5_000)]);
    expect(await knownAt(1_000, "home")).toEqual([]);
    await store.commit(change);
    expect(await knownAt(1_000, "home")).toEqual(["home"]);
  });
}
