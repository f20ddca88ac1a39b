import { expect, it } from "vitest";
import { afterwards, atOnce, both } from "../../../apps/server/src/world/awaitable.js";

it("what is there already is gone on with at once, and what is not when it comes", async () => {
  expect(afterwards(1, (value) => value + 1)).toBe(2);
  await expect(afterwards(Promise.resolve(1), (value) => value + 1)).resolves.toBe(2);
});

it("two answers are there at once if both are, otherwise when the later one comes", async () => {
  expect(both(1, "a")).toEqual([1, "a"]);
  await expect(both(Promise.resolve(1), "a")).resolves.toEqual([1, "a"]);
  await expect(both(1, Promise.reject(new Error("no")))).rejects.toThrow("no");
});

it("what answers at once does not throw: its failure is a promise, like that of others", async () => {
  const half = atOnce((of: number) => {
    if (of % 2 === 1) throw new Error("odd");
    return of / 2;
  });
  expect(half(4)).toBe(2);
  await expect(half(3)).rejects.toThrow("odd");
});
