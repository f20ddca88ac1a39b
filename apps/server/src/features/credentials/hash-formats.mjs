/**
 * Reads the password hashes that other systems keep: those of argon2 and bcrypt libraries, passlib, Django,
 * Werkzeug and Firebase. Plain JavaScript, because a worker thread loads this file unchanged.
 *
 * @typedef {{ algorithm: "argon2", text: string, memoryKib: number, passes: number, lanes: number, salt: string, digest: string }} Argon2Hash
 * @typedef {{ algorithm: "bcrypt", text: string, rounds: number, input: BcryptInput }} BcryptHash
 * @typedef {{ algorithm: "scrypt", cost: number, blockSize: number, parallelism: number } & SaltedDigest} ScryptHash
 * @typedef {{ algorithm: "pbkdf2", digestName: keyof typeof PBKDF2_BLOCK_BYTES, iterations: number } & SaltedDigest} Pbkdf2Hash
 * @typedef {{ algorithm: "firebase-scrypt", cost: number, blockSize: number, parallelism: number, signerKey: Buffer } & SaltedDigest} FirebaseHash
 * @typedef {{ salt: Buffer, digest: Buffer }} SaltedDigest
 * @typedef {"password" | "sha256-hex" | "sha256-base64" | "hmac-base64"} BcryptInput
 *   What bcrypt is given, which reads 72 bytes only: the password, or a digest of it.
 * @typedef {Argon2Hash | BcryptHash | ScryptHash | Pbkdf2Hash | FirebaseHash} StoredHash
 * @typedef {Readonly<Record<string, string | undefined>>} Groups
 */

const MAX_CHARACTERS = 1024;
/** Every password would match an empty digest, and by chance many would match a short one. */
const MIN_DIGEST_BYTES = 16;
const MAX_DIGEST_BYTES = 128;
/** RFC 9106 asks for 16 bytes; no Argon2 library takes fewer than 8. */
const MIN_ARGON2_SALT_BYTES = 8;
/** Bytes of output for which PBKDF2 does its iterations once. */
const PBKDF2_BLOCK_BYTES = /** @type {const} */ ({ sha1: 20, sha256: 32, sha512: 64 });

/**
 * The groups of each expression are what its reader reads.
 * @type {ReadonlyArray<readonly [RegExp, (groups: Groups) => StoredHash]>}
 */
const FORMATS = [
  // PHC strings. Django puts its own name of the algorithm before them.
  [
    /^(?:argon2)?(?<text>\$argon2(?:i|d|id)(?:\$v=(?:16|19))?\$(?<costs>(?:[mtp]=\d{1,9},?){3})\$(?<salt>[A-Za-z\d+/]+)\$(?<digest>[A-Za-z\d+/]+))$/,
    readArgon2,
  ],
  [/^(?:bcrypt\$)?(?<text>\$2[aby]\$(?<rounds>\d\d)\$[./A-Za-z\d]{53})$/, readBcrypt("password")],
  [/^bcrypt_sha256\$(?<text>\$2[aby]\$(?<rounds>\d\d)\$[./A-Za-z\d]{53})$/, readBcrypt("sha256-hex")],
  // passlib: its first and its second version.
  [
    /^\$bcrypt-sha256\$(?<ident>2[ab]),(?<rounds>\d\d?)\$(?<salt>[./A-Za-z\d]{22})\$(?<digest>[./A-Za-z\d]{31})$/,
    readBcrypt("sha256-base64"),
  ],
  [
    /^\$bcrypt-sha256\$v=2,t=(?<ident>2b),r=(?<rounds>\d\d?)\$(?<salt>[./A-Za-z\d]{22})\$(?<digest>[./A-Za-z\d]{31})$/,
    readBcrypt("hmac-base64"),
  ],
  // passlib, Django, Werkzeug
  [
    /^\$scrypt\$ln=(?<log2>\d\d?),r=(?<r>\d{1,9}),p=(?<p>\d{1,9})\$(?<salt64>[A-Za-z\d+/]+)\$(?<digest64>[A-Za-z\d+/]+)$/,
    readScrypt,
  ],
  [
    /^scrypt\$(?<n>\d{1,9})\$(?<salt>[^$]+)\$(?<r>\d{1,9})\$(?<p>\d{1,9})\$(?<digest64>[A-Za-z\d+/]+={0,2})$/,
    readScrypt,
  ],
  [/^scrypt:(?<n>\d{1,9}):(?<r>\d{1,9}):(?<p>\d{1,9})\$(?<salt>[^$]+)\$(?<digestHex>[0-9a-f]+)$/, readScrypt],
  // Firebase, as Supabase writes it: `ss` is the salt's separator, `sk` the project's signer key.
  [
    /^\$fbscrypt\$v=1,n=(?<log2>\d\d?),r=(?<r>\d{1,9}),p=(?<p>\d{1,9})(?:,ss=(?<separator>[A-Za-z\d+/]*={0,2}))?,sk=(?<signerKey>[A-Za-z\d+/]+={0,2})\$(?<salt64>[A-Za-z\d+/]+={0,2})\$(?<digest64>[A-Za-z\d+/]+={0,2})$/,
    readFirebase,
  ],
  // passlib (whose base64 has `.` for `+`), Django, Werkzeug
  [
    /^\$pbkdf2(?:-(?<name>sha256|sha512))?\$(?<n>\d{1,9})\$(?<salt64>[A-Za-z\d./]+)\$(?<digest64>[A-Za-z\d./]+)$/,
    readPbkdf2,
  ],
  [
    /^pbkdf2_(?<name>sha1|sha256)\$(?<n>\d{1,9})\$(?<salt>[^$]+)\$(?<digest64>[A-Za-z\d+/]+={0,2})$/,
    readPbkdf2,
  ],
  [/^pbkdf2:(?<name>sha1|sha256|sha512):(?<n>\d{1,9})\$(?<salt>[^$]+)\$(?<digestHex>[0-9a-f]+)$/, readPbkdf2],
];

/**
 * The parsed hash, if passwords can be compared with it.
 * @param {string} text
 * @returns {StoredHash | undefined}
 */
export function readHash(text) {
  if (text.length > MAX_CHARACTERS) return undefined;
  for (const [pattern, read] of FORMATS) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) continue;
    const hash = read(groups);
    return isSound(hash) ? hash : undefined;
  }
  return undefined;
}

/**
 * Whether comparing with it costs at most a few seconds of one core and one GiB of memory: every caller who
 * tries to sign in makes the server pay that.
 * @param {StoredHash} hash
 */
export function isAffordable(hash) {
  switch (hash.algorithm) {
    case "argon2":
      return hash.memoryKib <= 2 ** 20 && hash.memoryKib * hash.passes <= 2 ** 22 && hash.lanes <= 64;
    case "bcrypt":
      return hash.rounds <= 14;
    case "scrypt":
    case "firebase-scrypt":
      // 128 bytes each: 256 MiB.
      return hash.cost * hash.blockSize * hash.parallelism <= 2 ** 21;
    case "pbkdf2":
      return hash.iterations * blocksOf(hash) <= 5_000_000;
  }
}

/** @param {Pbkdf2Hash} hash */
function blocksOf({ digestName, digest }) {
  return Math.ceil(digest.length / PBKDF2_BLOCK_BYTES[digestName]);
}

/**
 * Whether a library can have made it: no password could match another one.
 * @param {StoredHash} hash
 */
function isSound(hash) {
  switch (hash.algorithm) {
    case "argon2":
      return hash.passes > 0 && hash.lanes > 0 && hash.memoryKib >= 8 * hash.lanes && isSoundText(hash);
    case "bcrypt":
      return hash.rounds >= 4 && hash.rounds <= 31;
    case "scrypt":
      return isPowerOfTwo(hash.cost) && hash.blockSize > 0 && hash.parallelism > 0 && hasDigest(hash);
    case "firebase-scrypt":
      // The digest is the signer key, encrypted.
      return (
        isPowerOfTwo(hash.cost) &&
        hash.blockSize > 0 &&
        hash.parallelism > 0 &&
        hasDigest(hash) &&
        hash.digest.length === hash.signerKey.length
      );
    case "pbkdf2":
      return hash.iterations > 0 && hasDigest(hash);
  }
}

/**
 * Argon2's engines decode salt and digest by themselves, and refuse base64 that is not in its one form.
 * @param {Argon2Hash} hash
 */
function isSoundText({ salt, digest }) {
  const [saltBytes, digestBytes] = [salt, digest].map((text) => {
    const bytes = Buffer.from(text, "base64");
    return bytes.toString("base64").replace(/=+$/, "") === text ? bytes.length : 0;
  });
  return (
    (saltBytes ?? 0) >= MIN_ARGON2_SALT_BYTES &&
    (digestBytes ?? 0) >= MIN_DIGEST_BYTES &&
    (digestBytes ?? 0) <= MAX_DIGEST_BYTES
  );
}

/** @param {number} value */
function isPowerOfTwo(value) {
  return value >= 2 && Number.isInteger(Math.log2(value));
}

/** @param {SaltedDigest} hash */
function hasDigest({ digest }) {
  return digest.length >= MIN_DIGEST_BYTES && digest.length <= MAX_DIGEST_BYTES;
}

/** @param {Groups} groups @returns {StoredHash} */
function readArgon2({ text = "", costs = "", salt = "", digest = "" }) {
  // The order differs between libraries.
  const cost = (/** @type {string} */ name) => Number(new RegExp(`${name}=(\\d+)`).exec(costs)?.[1] ?? 0);
  const lanes = cost("p");
  return { algorithm: "argon2", text, memoryKib: cost("m"), passes: cost("t"), lanes, salt, digest };
}

/** @param {BcryptInput} input @returns {(groups: Groups) => StoredHash} */
function readBcrypt(input) {
  return ({ text, ident, rounds = "", salt, digest }) => ({
    algorithm: "bcrypt",
    text: text ?? `$${ident}$${rounds.padStart(2, "0")}$${salt}${digest}`,
    rounds: Number(rounds),
    input,
  });
}

/** @param {Groups} groups @returns {StoredHash} */
function readScrypt({ log2, n, r, p, ...rest }) {
  const cost = log2 === undefined ? Number(n) : 2 ** Number(log2);
  return {
    algorithm: "scrypt",
    cost,
    blockSize: Number(r),
    parallelism: Number(p),
    ...readSaltAndDigest(rest),
  };
}

/** @param {Groups} groups @returns {StoredHash} */
function readFirebase({ log2, r, p, separator = "", signerKey = "", ...rest }) {
  const { salt, digest } = readSaltAndDigest(rest);
  return {
    algorithm: "firebase-scrypt",
    cost: 2 ** Number(log2),
    blockSize: Number(r),
    parallelism: Number(p),
    signerKey: Buffer.from(signerKey, "base64"),
    salt: Buffer.concat([salt, Buffer.from(separator, "base64")]),
    digest,
  };
}

/** @param {Groups} groups @returns {StoredHash} */
function readPbkdf2({ name = "sha1", n, ...rest }) {
  // Safe: the expressions name no other.
  const digestName = /** @type {keyof typeof PBKDF2_BLOCK_BYTES} */ (name);
  return { algorithm: "pbkdf2", digestName, iterations: Number(n), ...readSaltAndDigest(rest) };
}

/** @param {Groups} groups @returns {SaltedDigest} */
function readSaltAndDigest({ salt = "", salt64, digest64 = "", digestHex }) {
  const decode = (/** @type {string} */ text) => Buffer.from(text.replaceAll(".", "+"), "base64");
  return {
    salt: salt64 === undefined ? Buffer.from(salt) : decode(salt64),
    digest: digestHex === undefined ? decode(digest64) : Buffer.from(digestHex, "hex"),
  };
}
