import { createHash, createHmac, pbkdf2Sync, scryptSync, timingSafeEqual } from "node:crypto";
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
    case "scrypt": {
      const { cost, blockSize, parallelism, salt, digest } = hash;
      const bytes = 128 * blockSize * (cost + parallelism + 2);
      const options = { N: cost, r: blockSize, p: parallelism, maxmem: 2 * bytes };
      return timingSafeEqual(scryptSync(password, salt, digest.length, options), digest);
    }
    case "pbkdf2": {
      const { digestName, iterations, salt, digest } = hash;
      return timingSafeEqual(pbkdf2Sync(password, salt, iterations, digest.length, digestName), digest);
    }
  }
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
