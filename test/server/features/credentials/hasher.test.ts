import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ENGINE_NAMES,
  knowsAnswers,
  loadEngine,
} from "../../../../apps/server/src/features/credentials/argon2-engine.mjs";
import { type Hasher, openHasher } from "../../../../apps/server/src/features/credentials/hasher.js";

const CHEAP = { timeCost: 1, memoryKib: 64, parallelism: 2 };
/** Made by Python's argon2-cffi: argon2id, its defaults of 2019, of "password". */
const ARGON2ID =
  "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E";

describe.each(ENGINE_NAMES)("the engine %s", (name) => {
  it("gives known answers", async () => {
    expect(await knowsAnswers(await loadEngine(name))).toBe(true);
  });

  it("writes parameters in the order that libargon2 reads", async () => {
    const engine = await loadEngine(name);
    expect(await engine.hash("x", CHEAP)).toMatch(/^\$argon2i\$v=19\$m=64,t=1,p=2\$[\w+/]{22}\$[\w+/]{43}$/);
  });

  it("verifies what every engine has made, including argon2id", async () => {
    const engine = await loadEngine(name);
    for (const other of ENGINE_NAMES) {
      const hash = await (await loadEngine(other)).hash("pässword😀", CHEAP);
      expect(await engine.verify(hash, "pässword😀")).toBe(true);
      expect(await engine.verify(hash, "password")).toBe(false);
    }
    expect(await engine.verify(ARGON2ID, "password")).toBe(true);
  });
});

it("does not trust an engine that gives a wrong answer", async () => {
  const engine = await loadEngine("@node-rs/argon2");
  expect(await knowsAnswers({ ...engine, verify: () => true })).toBe(false);
  expect(await knowsAnswers({ ...engine, verify: () => false })).toBe(false);
  const other = await engine.hash("other", { timeCost: 1, memoryKib: 8, parallelism: 1 });
  expect(await knowsAnswers({ ...engine, hash: () => other })).toBe(false);
});

describe("the hasher", () => {
  let hasher: Hasher;
  beforeAll(async () => {
    hasher = await openHasher();
  });
  afterAll(() => hasher.close());

  it("prefers the prebuilt engine", () => {
    expect(hasher.engine).toBe("@node-rs/argon2");
  });

  it("salts each hash individually", async () => {
    const hashes = await Promise.all([hasher.hash("x", CHEAP), hasher.hash("x", CHEAP)]);
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes) expect(await hasher.verify(hash, "x")).toBe(true);
  });

  it.each([
    "",
    "!",
    "$argon2i$",
    "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHQ",
    "$2b$12$abc",
    "$argon2x$v=19$m=64,t=1,p=1$YWFh$YWFh",
  ])("says that no password matches %j", async (hash) => {
    expect(await hasher.verify(hash, "password")).toBe(false);
  });

  it("hashes with the parameters of the seed's default", async () => {
    const hash = await hasher.hash("x", { timeCost: 3, memoryKib: 65536, parallelism: 1 });
    expect(hash).toMatch(/^\$argon2i\$v=19\$m=65536,t=3,p=1\$/);
    expect(await hasher.verify(hash, "x")).toBe(true);
  });

  it("continues after a hash that could not be made", async () => {
    await expect(hasher.hash("x", { timeCost: 1, memoryKib: 1, parallelism: 1 })).rejects.toThrow();
    expect(await hasher.hash("x", CHEAP)).toMatch(/^\$argon2i\$/);
  });
});

it("continues when another hasher of the same process is closed, and is told of its own hashes only", async () => {
  const heard: string[] = [];
  const first = await openHasher(1, (operation) => heard.push(`first ${operation}`));
  const second = await openHasher(1, (operation) => heard.push(`second ${operation}`));
  const hash = await first.hash("x", CHEAP);
  const underWay = second.verify(hash, "x");
  await first.close();
  await first.close();
  expect(await underWay).toBe(true);
  await second.close();
  expect(heard).toEqual(["first hash", "second verify"]);
});
