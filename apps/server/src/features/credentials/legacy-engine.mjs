import { createCipheriv, createHash, createHmac, pbkdf2Sync, scryptSync, timingSafeEqual } from "node:crypto";
import bcrypt from "bcryptjs";

/**
 * Compares passwords with other systems' hashes other than Argon2. New hashes are never made in these ways: a
 * user who signs in gets an Argon2 hash. Synchronous, because it runs in a thread of its own.
 *
 * @typedef {import("./hash-formats.mjs").StoredHash} StoredHash
 * @typedef {Exclude<StoredHash, { algorithm: "argon2" }>} LegacyHash
 * @param {LegacyHash} hash
 * @param {string} password
 * @returns {boolean}
 */
export function fits(hash, password) {
  switch (hash.algorithm) {
    case "bcrypt":
      return bcrypt.compareSync(bcryptInput(hash, password), hash.text);
    case "scrypt":
      return timingSafeEqual(scrypt(hash, password, hash.digest.length), hash.digest);
    case "firebase-scrypt": {
      const cipher = createCipheriv("aes-256-ctr", scrypt(hash, password, 32), Buffer.alloc(16));
      return timingSafeEqual(cipher.update(hash.signerKey), hash.digest);
    }
    case "pbkdf2": {
      const { digestName, iterations, salt, digest } = hash;
      return timingSafeEqual(pbkdf2Sync(password, salt, iterations, digest.length, digestName), digest);
    }
  }
}

/**
 * @param {Pick<import("./hash-formats.mjs").ScryptHash, "cost" | "blockSize" | "parallelism" | "salt">} hash
 * @param {string} password @param {number} size
 */
function scrypt({ cost, blockSize, parallelism, salt }, password, size) {
  const bytes = 128 * blockSize * (cost + parallelism + 2);
  return scryptSync(password, salt, size, { N: cost, r: blockSize, p: parallelism, maxmem: 2 * bytes });
}

/** @param {import("./hash-formats.mjs").BcryptHash} hash @param {string} password */
function bcryptInput({ input, text }, password) {
  switch (input) {
    case "password":
      return password;
    case "sha256-hex":
      return createHash("sha256").update(password).digest("hex");
    case "sha256-base64":
      return createHash("sha256").update(password).digest("base64");
    case "hmac-base64":
      // The salt as it is written, without the prefix that bcrypt needs.
      return createHmac("sha256", text.slice("$2b$12$".length, -31)).update(password).digest("base64");
  }
}
