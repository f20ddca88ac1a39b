import { describe, expect, it } from "vitest";
import { gather } from "../../../../apps/server/src/features/sessions/gather.js";

describe("keys requested in one turn", () => {
  it("share one query, and each gets its own answers", async () => {
    const questions: Array<readonly string[]> = [];
    const ask = gather(async (keys: readonly string[]) => {
      questions.push(keys);
      return keys.map((key) => key.toUpperCase());
    });
    const answers = await Promise.all([ask(["a", "b"]), ask([]), ask(["c"])]);
    expect(answers).toEqual([["A", "B"], [], ["C"]]);
    expect(questions).toEqual([["a", "b", "c"]]);
  });

  it("are queried again in the next turn", async () => {
    let count = 0;
    const ask = gather(async (keys) => keys.map(() => ++count));
    expect(await ask(["a"])).toEqual([1]);
    expect(await ask(["a"])).toEqual([2]);
  });

  it("are split into several queries if there are many", async () => {
    const sizes: number[] = [];
    const ask = gather(async (keys) => {
      sizes.push(keys.length);
      return keys;
    });
    await Promise.all(Array.from({ length: 1500 }, (_, i) => ask([String(i)])));
    expect(sizes).toEqual([1000, 500]);
  });

  it("are told of a failure, and the next query is sent nevertheless", async () => {
    let fails = true;
    const ask = gather(async (keys) => {
      if (fails) throw new Error("away");
      return keys;
    });
    const both = await Promise.allSettled([ask(["a"]), ask(["b"])]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await ask(["a"])).toEqual(["a"]);
  });
});
