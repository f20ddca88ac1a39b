import { beforeEach, describe, expect, it } from "vitest";
import { createRowCache, type RowCache } from "../../../../apps/server/src/database/sqlite/row-cache.js";

let version: number;
let loaded: string[];
let cache: RowCache<string, string | undefined>;
beforeEach(() => {
  version = 1;
  loaded = [];
  cache = createRowCache(() => version, { limit: 3, isSmall: (row) => (row?.length ?? 0) < 10 });
});
const get = (key: string) =>
  cache.get(key, () => {
    loaded.push(key);
    return `row ${key}`;
  });

describe("cached rows", () => {
  it("are loaded once, until the version changes", () => {
    expect([get("a"), get("a")]).toEqual(["row a", "row a"]);
    expect(loaded).toEqual(["a"]);
    version++;
    get("a");
    expect(loaded).toEqual(["a", "a"]);
  });

  it("are what a write has made of them, or loaded again if it says that nothing is left", () => {
    get("a");
    cache.renew("a", "new");
    expect(get("a")).toBe("new");
    cache.renew("a", undefined);
    expect(get("a")).toBe("row a");
    cache.renew("a", "longer than what is kept");
    expect(get("a")).toBe("row a");
    expect(loaded).toEqual(["a", "a", "a"]);
  });

  it("are no more than the limit, even if rows are only written and never read", () => {
    get("first");
    for (const key of ["a", "b", "c", "d"]) cache.renew(key, key);
    expect(["d", "c", "a"].map(get)).toEqual(["d", "c", "row a"]);
  });
});
