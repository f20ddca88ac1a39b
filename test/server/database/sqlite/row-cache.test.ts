import { beforeEach, describe, expect, it } from "vitest";
import {
  countedVersion,
  createRowCache,
  type RowCache,
} from "../../../../apps/server/src/database/sqlite/row-cache.js";

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

describe("a counted version", () => {
  it("stays over commits that change none of what is counted, and counts only where there was a commit", () => {
    let commits = 1;
    let count = 5;
    let asked = 0;
    const counted = countedVersion(
      () => commits,
      () => {
        asked++;
        return count;
      },
    );
    expect([counted(), counted()]).toEqual([5, 5]);
    expect(asked).toBe(1);
    commits++;
    expect([counted(), asked]).toEqual([5, 2]);
    count++;
    commits++;
    expect(counted()).toBe(6);
  });

  it("counts again where that failed", () => {
    let fails = true;
    const counted = countedVersion(
      () => 1,
      () => {
        if (fails) throw new Error("away");
        return 7;
      },
    );
    expect(counted).toThrow("away");
    fails = false;
    expect(counted()).toBe(7);
  });
});
