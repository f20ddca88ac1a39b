import { describe, expect, it } from "vitest";
import {
  hashOfCode,
  isRecoveryCode,
  makeCodes,
} from "../../../../../apps/server/src/features/factors/recovery-codes/code.js";

const ACCOUNT = "0192f0c1-0000-7000-8000-000000000001";

describe("recovery codes", () => {
  it("are ten of 80 bits, all different, in groups that can be read aloud", () => {
    const many = Array.from({ length: 200 }, makeCodes).flat();
    expect(many).toHaveLength(2000);
    expect(new Set(many).size).toBe(2000);
    for (const code of many) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    // Every letter of the alphabet is used: five bits each.
    expect(new Set(many.join("").replaceAll("-", "")).size).toBe(32);
  });

  it("count as people write them down and type them", () => {
    const code = "0h1k-9qpz-0m2x-c4wd";
    const typed = [
      "0H1K 9QPZ 0M2X C4WD",
      "ohik9qpzom2xc4wd",
      " 0hLk–9qpz—om2x‑c4wd ",
      "０h1k-9qpz-0m2x-c4wd",
    ];
    for (const each of [code, ...typed]) {
      expect(isRecoveryCode(each)).toBe(true);
      expect(hashOfCode(ACCOUNT, each)).toBe(hashOfCode(ACCOUNT, code));
    }
  });

  it.each(["", "123456", "0h1k-9qpz-0m2x-c4w", "0h1k-9qpz-0m2x-c4wdd", "uuuu-uuuu-uuuu-uuuu"])(
    "are never %j",
    (text) => expect(isRecoveryCode(text)).toBe(false),
  );

  it("are stored under a hash that belongs to the account", () => {
    const [code = ""] = makeCodes();
    expect(hashOfCode(ACCOUNT, code)).toMatch(/^[\w-]{43}$/);
    expect(hashOfCode("another", code)).not.toBe(hashOfCode(ACCOUNT, code));
  });
});
