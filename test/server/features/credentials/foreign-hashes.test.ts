import { createHash } from "node:crypto";
import bcrypt from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAffordable, readHash } from "../../../../apps/server/src/features/credentials/hash-formats.mjs";
import { type Hasher, openHasher } from "../../../../apps/server/src/features/credentials/hasher.js";
import { login, registerUser, send } from "../../../support/rest.js";
import { runElsewhere, valueElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { FIREBASE_HASH, FOREIGN_HASHES, FOREIGN_PASSWORD } from "./foreign-hashes.js";

const BCRYPT = "$2b$04$qiau.Hgz1GW4/IytWjFRy.ODUA4mlAtbB5dqsrDUP/iBx4kcMuVIS";

const KEY = Buffer.alloc(64).toString("base64");

describe("a hash of another system", () => {
  let hasher: Hasher;
  beforeAll(async () => {
    hasher = await openHasher();
  });
  afterAll(() => hasher.close());

  it.each(FOREIGN_HASHES)("by %s matches its password and no other: %s", async (_writer, hash) => {
    expect(await hasher.verify(hash, FOREIGN_PASSWORD)).toBe(true);
    for (const other of ["", "pässword", "Pässword😀", `${FOREIGN_PASSWORD} `]) {
      expect(await hasher.verify(hash, other)).toBe(false);
    }
  });

  it("by Firebase matches its password and no other", async () => {
    expect(await hasher.verify(FIREBASE_HASH, "user1password")).toBe(true);
    expect(await hasher.verify(FIREBASE_HASH, "user1Password")).toBe(false);
  });

  it.each(FOREIGN_HASHES)("by %s matches nothing when it is damaged: %s", async (_writer, hash) => {
    for (const damaged of [hash.slice(1), hash.replace(/\d/, ""), `${hash}!`, hash.toUpperCase()]) {
      expect(await hasher.verify(damaged, FOREIGN_PASSWORD)).toBe(false);
    }
  });

  it.each([
    "pbkdf2_sha256$1000$salt$",
    "pbkdf2:sha256:1000$salt$ab",
    "pbkdf2:sha256:1000$salt$",
    "$pbkdf2-sha256$1000$c2FsdA$YQ",
    "$scrypt$ln=4,r=8,p=1$c2FsdA$YQ",
    "scrypt:16:8:1$salt$00",
  ])("with too short a digest is invalid, whatever the password: %s", async (hash) => {
    expect(readHash(hash)).toBeUndefined();
    expect(await hasher.verify(hash, "")).toBe(false);
    expect(await hasher.verify(hash, "password")).toBe(false);
  });

  it.each([
    ["a digest of one byte", "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$QQ"],
    ["a salt of one byte", `$argon2id$v=19$m=64,t=2,p=1$QQ$${"A".repeat(43)}`],
    ["less memory than its lanes need", `$argon2id$v=19$m=15,t=2,p=2$c29tZXNhbHRz$${"A".repeat(43)}`],
    ["base64 that does not decode", `$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdB$${"A".repeat(43)}`],
    ["a digest of 129 bytes", `$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRz$${"A".repeat(172)}`],
    ["a digest of another size than its key", `$fbscrypt$v=1,n=4,r=8,p=1,sk=${KEY}$c2FsdA==$${KEY.slice(4)}`],
  ])("that no library makes is not recognised: %s", async (_fault, hash) => {
    expect(readHash(hash)).toBeUndefined();
    expect(await hasher.verify(hash, FOREIGN_PASSWORD)).toBe(false);
  });

  it.each([
    "",
    "!",
    "x",
    "password",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "$1$ab$cd",
    "$6$salt$digest",
    `${BCRYPT} `,
  ])("is not recognised in %j", (text) => {
    expect(readHash(text)).toBeUndefined();
  });
});

describe("what a hash may cost", () => {
  const digest = "A".repeat(43);
  const affordable = (text: string) => {
    const hash = readHash(text);
    return hash && isAffordable(hash);
  };

  it.each([
    `$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$${digest}`,
    `$argon2id$v=19$m=1048576,t=4,p=4$c2FsdHNhbHQ$${digest}`,
    BCRYPT.replace("$04$", "$14$"),
    `$scrypt$ln=17,r=8,p=1$c2FsdHNhbHQ$${digest}`,
    `pbkdf2_sha256$1500000$salt$${digest}=`,
    `pbkdf2:sha512:1000000$salt$${"ab".repeat(64)}`,
    `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${KEY}$c2FsdA==$${KEY}`,
  ])("allows what systems set: %s", (text) => {
    expect(affordable(text)).toBe(true);
  });

  it.each([
    `$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$${digest}`,
    `$argon2id$v=19$m=65536,t=1000,p=1$c2FsdHNhbHQ$${digest}`,
    `$argon2id$v=19$m=65536,t=3,p=999$c2FsdHNhbHQ$${digest}`,
    BCRYPT.replace("$04$", "$31$"),
    `$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$${digest}`,
    `$scrypt$ln=4,r=999999999,p=1$c2FsdHNhbHQ$${digest}`,
    `scrypt:16384:8:100$salt$${"ab".repeat(64)}`,
    `pbkdf2_sha256$999999999$salt$${digest}=`,
    // Each block of the digest costs all iterations: 7, 4 and 2 of them.
    `pbkdf2:sha1:5000000$salt$${"ab".repeat(128)}`,
    `pbkdf2:sha256:1500000$salt$${"ab".repeat(128)}`,
    `pbkdf2:sha512:2600000$salt$${"ab".repeat(128)}`,
    `$fbscrypt$v=1,n=30,r=8,p=1,ss=Bw==,sk=${KEY}$c2FsdA==$${KEY}`,
  ])("has a limit: %s", (text) => {
    expect(affordable(text)).toBe(false);
  });
});

describe("signing in with a hash of another system", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const withHash = async (hash: string) => {
    const email = await registerUser(server);
    await runElsewhere(server, "UPDATE users SET hashed_password = ? WHERE email = ?", hash, email);
    return email;
  };
  const hashOf = (email: string) =>
    valueElsewhere(server, "SELECT hashed_password FROM users WHERE email = ?", email);

  it("is renewed at the first sign-in to argon2i as configured, and the password works again", async () => {
    for (const [, hash] of FOREIGN_HASHES) {
      const email = await withHash(hash);
      await login(server, email, FOREIGN_PASSWORD);
      expect(await hashOf(email)).toMatch(/^\$argon2i\$v=19\$m=512,t=1,p=1\$/);
      await login(server, email, FOREIGN_PASSWORD);
    }
  });

  it("is left unchanged if the password was wrong", async () => {
    const email = await withHash(BCRYPT);
    const answer = await send(server, "POST", "/api/users/login", { json: { email, password: "wrong" } });
    expect([answer.status, answer.json]).toEqual([400, { detail: "Incorrect email or password" }]);
    expect(await hashOf(email)).toBe(BCRYPT);
  });

  it("sets another password with the old one", async () => {
    const email = await withHash(BCRYPT);
    const json = { email, old_password: FOREIGN_PASSWORD, new_password: "another" };
    expect((await send(server, "POST", "/api/users/reset_password", { json })).status).toBe(200);
    await login(server, email, "another");
  });

  /** 79 bytes, of which bcrypt reads 72. */
  const LONG = "correct horse battery staple ".repeat(3).slice(0, 79);

  it("keeps a bcrypt hash of 72 bytes or more, so that knowing those locks no owner out", async () => {
    const hash = await bcrypt.hash(LONG, 4);
    const email = await withHash(hash);
    for (const typed of [`${LONG.slice(0, 78)}x`, LONG, LONG.slice(0, 72), `${LONG}ä`]) {
      await login(server, email, typed);
    }
    for (const typed of [LONG.slice(0, 71), `x${LONG}`]) {
      const answer = await send(server, "POST", "/api/users/login", { json: { email, password: typed } });
      expect(answer.status).toBe(400);
    }
    expect([await hashOf(email), LONG.length]).toEqual([hash, 79]);
  });

  it("renews a bcrypt hash of a password of 71 bytes, the longest that it reads completely", async () => {
    const exact = LONG.slice(0, 71);
    const email = await withHash(await bcrypt.hash(exact, 4));
    await login(server, email, exact);
    expect(await hashOf(email)).toMatch(/^\$argon2i\$/);
    const json = { email, password: LONG };
    expect((await send(server, "POST", "/api/users/login", { json })).status).toBe(400);
  });

  it("counts the bytes that bcrypt reads, not the characters", async () => {
    const umlauts = "ä".repeat(36);
    const hash = await bcrypt.hash(umlauts, 4);
    const email = await withHash(hash);
    await login(server, email, umlauts);
    expect(await hashOf(email)).toBe(hash);
  });

  it("renews one that bcrypt made of a digest, because that reads the whole password", async () => {
    const digest = createHash("sha256").update(LONG).digest("hex");
    const email = await withHash(`bcrypt_sha256$${await bcrypt.hash(digest, 4)}`);
    await login(server, email, LONG);
    expect(await hashOf(email)).toMatch(/^\$argon2i\$/);
  });

  it("computes none that costs too much, however it got into the table", async () => {
    const email = await withHash(BCRYPT.replace("$04$", "$31$"));
    const json = { email, password: FOREIGN_PASSWORD };
    expect((await send(server, "POST", "/api/users/login", { json })).status).toBe(400);
  });
});
