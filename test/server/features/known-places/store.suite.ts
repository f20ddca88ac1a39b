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
  });
  const knownAt = async (nowMs: number, ...ids: string[]) =>
    (await store.known(ids, nowMs)).map(({ id }) => id).sort();

  it("knows a place until it is forgotten", async () => {
    expect(await knownAt(1_000, "home")).toEqual([]);
    await opened.other.remember([place("home", 2_000)]);
    expect(await store.known(["home", "office"], 1_999)).toEqual([{ id: "home", endsAtMs: 2_000 }]);
    expect(await knownAt(2_000, "home")).toEqual([]);
    await store.remember([place("home", 5_000)]);
    expect(await knownAt(4_999, "home")).toEqual(["home"]);
  });

  it("knows whether an owner has any place", async () => {
    expect(await store.hasPlaces("owner", 1_000)).toBe(false);
    await opened.other.remember([place("home", 2_000)]);
    expect(await store.hasPlaces("owner", 1_999)).toBe(true);
    expect(await store.hasPlaces("owner", 2_000)).toBe(false);
    expect(await store.hasPlaces("another", 1_000)).toBe(false);
  });

  it("knows a limited number of places per owner: those that last the longest", async () => {
    await store.remember([place("a", 2_000, 2), place("b", 4_000, 2), place("c", 3_000, 2)]);
    await store.remember([{ ...place("of another", 1_500, 2), ownerId: "another" }]);
    expect(await knownAt(1_000, "a", "b", "c", "of another")).toEqual(["b", "c", "of another"]);
  });

  it("forgets an owner's places and no other's", async () => {
    await store.remember([place("a", 2_000), { ...place("b", 2_000), ownerId: "another" }]);
    await store.forget(["owner"]);
    expect(await knownAt(1_000, "a", "b")).toEqual(["b"]);
  });

  it("deletes what has expired and nothing else", async () => {
    await store.remember([place("home", 2_000), place("hotel", 1_500), place("office", 9_000)]);
    expect(await store.deleteOver({ nowMs: 2_000, limit: 1 })).toBe(1);
    expect(await store.deleteOver({ nowMs: 2_000, limit: 10 })).toBe(1);
    expect(await knownAt(3_000, "office")).toEqual(["office"]);
  });
}
