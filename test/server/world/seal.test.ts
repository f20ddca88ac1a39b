import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createSeal, isSealed, parseSealKeys, readSealKeys } from "../../../apps/server/src/world/seal.js";

const [older, newer] = [randomBytes(32), randomBytes(32)];
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("a sealed secret", () => {
  const seal = createSeal([older]);

  it("can be opened by its key and for what it belongs to, and shows nothing of the secret", () => {
    const stored = seal.seal(SECRET, "totp:1");
    expect(stored).toMatch(/^sealed\.1\.[\w-]{8}\.[\w-]+$/);
    expect(stored).not.toContain(SECRET);
    expect(isSealed(stored)).toBe(true);
    expect(seal.open(stored, "totp:1")).toBe(SECRET);
    expect(seal.open(stored, "totp:2")).toBeUndefined();
    expect(createSeal([newer]).open(stored, "totp:1")).toBeUndefined();
    expect(createSeal([]).open(stored, "totp:1")).toBeUndefined();
  });

  it("is another text each time", () => {
    expect(seal.seal(SECRET, "x")).not.toBe(seal.seal(SECRET, "x"));
  });

  it("cannot be opened after any bit of it has changed, or with a part of its tag", () => {
    const stored = seal.seal(SECRET, "x");
    const [head, name, data = ""] = [stored.slice(0, 9), stored.slice(9, 17), stored.slice(18)];
    const bytes = Buffer.from(data, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(seal.open(`${head}${name}.${changed.toString("base64url")}`, "x")).toBeUndefined();
    }
    for (const length of [0, 1, 12, 27, bytes.length - 1]) {
      const cut = bytes.subarray(0, length).toString("base64url");
      expect(seal.open(`${head}${name}.${cut}`, "x")).toBeUndefined();
    }
    expect(seal.open("sealed.2.new", "x")).toBeUndefined();
  });

  it("is opened by older keys too, and is outdated under them", () => {
    const both = createSeal([newer, older]);
    const stored = seal.seal(SECRET, "x");
    expect(both.open(stored, "x")).toBe(SECRET);
    expect(both.isOutdated(stored)).toBe(true);
    expect(seal.isOutdated(stored)).toBe(false);
    expect(both.isOutdated(both.seal(SECRET, "x"))).toBe(false);
  });

  it("is the secret itself where there is no key, and is outdated once there is one", () => {
    const none = createSeal([]);
    expect(none.hasKey).toBe(false);
    expect(none.seal(SECRET, "x")).toBe(SECRET);
    expect(none.open(SECRET, "x")).toBe(SECRET);
    expect(none.isOutdated(SECRET)).toBe(false);
    expect(seal.open(SECRET, "x")).toBe(SECRET);
    expect(seal.isOutdated(SECRET)).toBe(true);
  });
});

describe("SEAL_KEY", () => {
  const base64 = newer.toString("base64");

  it("is 32 bytes in Base64 or hex, or several such keys", () => {
    for (const text of [
      base64,
      base64.replace("=", ""),
      newer.toString("base64url"),
      newer.toString("hex"),
    ]) {
      expect(parseSealKeys(text)).toEqual({ value: [newer] });
    }
    expect(parseSealKeys(`${base64},${older.toString("hex")}`)).toEqual({ value: [newer, older] });
    expect(parseSealKeys(`${base64}\n${older.toString("hex")}\n`)).toEqual({ value: [newer, older] });
  });

  it.each([
    ",",
    "secret",
    "0".repeat(64),
    Buffer.alloc(32, "ab").toString("base64"),
    randomBytes(16).toString("hex"),
    randomBytes(33).toString("base64"),
    `${base64},${base64}`,
    "$(openssl rand -base64 32)",
  ])("refuses %j, and does not quote it", (text) => {
    const parsed = parseSealKeys(text);
    expect(parsed).toEqual({ fault: expect.any(String) });
    expect("fault" in parsed && text.length > 3 ? parsed.fault.includes(text) : false).toBe(false);
  });

  it("can be in a file", () => {
    const path = join(mkdtempSync(join(tmpdir(), "seal-")), "key");
    expect(readSealKeys(path)).toEqual({ fault: "must name a file that can be read (ENOENT)" });
    writeFileSync(path, `${base64}\n`);
    expect(readSealKeys(path)).toEqual({ value: [newer] });
    writeFileSync(path, "short");
    expect(readSealKeys(path)).toEqual({
      fault: expect.stringMatching(/^must name a file with keys, whose content must be/),
    });
  });
});
