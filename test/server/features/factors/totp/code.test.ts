import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fromBase32, toBase32 } from "../../../../../apps/server/src/features/factors/totp/base32.js";
import {
  codeAt,
  stepAt,
  stepOf,
  type TotpAlgorithm,
  type TotpSecret,
} from "../../../../../apps/server/src/features/factors/totp/code.js";
import { usualSecret } from "../../../../../apps/server/src/features/factors/totp/otpauth.js";
import { hasOathtool, oathtool } from "../../../../support/oathtool.js";

/** RFC 6238 appendix B: the seed has as many bytes as the hash. */
const seed = (bytes: number) => Buffer.from("1234567890".repeat(7).slice(0, bytes));
const RFC: ReadonlyArray<readonly [seconds: number, TotpAlgorithm, code: string]> = [
  [59, "SHA1", "94287082"],
  [59, "SHA256", "46119246"],
  [59, "SHA512", "90693936"],
  [1111111109, "SHA1", "07081804"],
  [1111111109, "SHA256", "68084774"],
  [1111111109, "SHA512", "25091201"],
  [1111111111, "SHA1", "14050471"],
  [1111111111, "SHA256", "67062674"],
  [1111111111, "SHA512", "99943326"],
  [1234567890, "SHA1", "89005924"],
  [1234567890, "SHA256", "91819424"],
  [1234567890, "SHA512", "93441116"],
  [2000000000, "SHA1", "69279037"],
  [2000000000, "SHA256", "90698825"],
  [2000000000, "SHA512", "38618901"],
  [20000000000, "SHA1", "65353130"],
  [20000000000, "SHA256", "77737706"],
  [20000000000, "SHA512", "47863826"],
];
const SEED_BYTES = { SHA1: 20, SHA256: 32, SHA512: 64 } as const;

const secret = usualSecret(seed(20));
const AT = Date.parse("2026-11-30T12:00:10Z");
const now = stepAt(secret, AT);
const judge = (code: string, lastStep = 0, nowMs = AT) => stepOf(secret, code, { nowMs, lastStep });

describe("a code", () => {
  it.each(RFC)("is that of RFC 6238 at %s s with %s", (seconds, algorithm, code) => {
    const of: TotpSecret = { bytes: seed(SEED_BYTES[algorithm]), algorithm, digits: 8, periodSeconds: 30 };
    expect(codeAt(of, stepAt(of, seconds * 1000))).toBe(code);
  });

  it.skipIf(!hasOathtool).each<Pick<TotpSecret, "algorithm" | "digits" | "periodSeconds">>([
    { algorithm: "SHA1", digits: 6, periodSeconds: 30 },
    { algorithm: "SHA256", digits: 8, periodSeconds: 60 },
    { algorithm: "SHA512", digits: 7, periodSeconds: 30 },
  ])("is what oathtool computes, for 200 steps of each of 5 random secrets: %o", (parameters) => {
    for (const bytes of Array.from({ length: 5 }, () => randomBytes(20))) {
      const of = { bytes, ...parameters };
      const own = Array.from({ length: 200 }, (_, step) => codeAt(of, stepAt(of, AT) + step));
      expect(own).toEqual(oathtool(toBase32(bytes), { atMs: AT, steps: 200, ...parameters }));
    }
  });

  it("counts in its own step, the one before and the one after, and in no other", () => {
    for (const around of [-1, 0, 1]) expect(judge(codeAt(secret, now + around))).toBe(now + around);
    for (const around of [-3, -2, 2, 3]) expect(judge(codeAt(secret, now + around))).toBeUndefined();
  });

  it("counts once, and ends all before it", () => {
    expect(judge(codeAt(secret, now), now)).toBeUndefined();
    expect(judge(codeAt(secret, now - 1), now)).toBeUndefined();
    expect(judge(codeAt(secret, now + 1), now)).toBe(now + 1);
  });

  it("counts again soon for a user whose last one was accepted while a clock was ahead", () => {
    const aYearAhead = now + 1_051_200;
    expect(judge(codeAt(secret, now), aYearAhead)).toBe(now);
    // Two servers' clocks may differ by a little, and there it counts once all the same.
    expect(judge(codeAt(secret, now), now + 3)).toBeUndefined();
  });

  it.each(["", "12345", "1234567", "abcdef", "１２３４５６", "123456\n"])("is never %j", (code) => {
    expect(judge(code)).toBeUndefined();
  });
});

describe("Base32", () => {
  it.each([
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("of %j is that of RFC 4648", (text, base32) => {
    expect(toBase32(Buffer.from(text))).toBe(base32);
    if (base32 !== "") expect(Buffer.from(fromBase32(base32) ?? []).toString()).toBe(text);
  });

  it("is read as people write it, and back for every length", () => {
    expect(fromBase32("mzxw 6ytb-oi======")).toEqual(new Uint8Array(Buffer.from("foobar")));
    for (let length = 1; length < 70; length += 1) {
      const bytes = new Uint8Array(randomBytes(length));
      expect(fromBase32(toBase32(bytes))).toEqual(bytes);
    }
  });

  it.each(["", "0189", "M", "MZX", "MZXW6Y", "MZ=XQ", "ÄÖ"])("does not read %j", (text) => {
    expect(fromBase32(text)).toBeUndefined();
  });
});
