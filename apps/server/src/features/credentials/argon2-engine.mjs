/**
 * The two libraries that compute Argon2 (RFC 9106), behind one interface. Plain JavaScript, because a worker
 * thread loads this file unchanged.
 *
 * @typedef {{ timeCost: number, memoryKib: number, parallelism: number }} Argon2Parameters
 * @typedef {{
 *   hash(password: string, parameters: Argon2Parameters): string | Promise<string>,
 *   verify(hash: string, password: string): boolean | Promise<boolean>,
 * }} Argon2Engine
 */

/** In order of preference: the first is prebuilt and several times as fast, the second compiles anywhere. */
export const ENGINE_NAMES = /** @type {const} */ (["@node-rs/argon2", "argon2"]);

/** @param {string} name @returns {Promise<Argon2Engine>} */
export async function loadEngine(name) {
  return name === "argon2" ? loadReference() : loadNodeRs();
}

/** argon2i and argon2id of "password", as two independent libraries computed them. */
const KNOWN_ANSWERS = [
  "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$pbigQcuZHII9wPBZI5URmc0Lp86D/tE0caICkLhLFTQ",
  "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E",
];

/**
 * Whether an engine computes correctly: a binary may load and still not fit this machine.
 * @param {Argon2Engine} engine
 */
export async function knowsAnswers(engine) {
  for (const hash of KNOWN_ANSWERS) {
    if (!(await engine.verify(hash, "password")) || (await engine.verify(hash, "Password"))) return false;
  }
  const made = await engine.hash("password", { timeCost: 1, memoryKib: 8, parallelism: 1 });
  return /^\$argon2i\$v=19\$m=8,t=1,p=1\$/.test(made) && (await engine.verify(made, "password"));
}

/** @returns {Promise<Argon2Engine>} */
async function loadNodeRs() {
  const { hashSync, verifySync } = await import("@node-rs/argon2");
  return {
    hash: (password, { timeCost, memoryKib, parallelism }) =>
      hashSync(password, {
        algorithm: 1,
        version: 1,
        timeCost,
        memoryCost: memoryKib,
        parallelism,
        outputLen: 32,
      }),
    verify: (hash, password) => verifySync(hash, password),
  };
}

/** @returns {Promise<Argon2Engine>} */
async function loadReference() {
  const { default: argon2 } = await import("argon2");
  return {
    async hash(password, { timeCost, memoryKib, parallelism }) {
      const options = {
        type: /** @type {const} */ (1),
        timeCost,
        memoryCost: memoryKib,
        parallelism,
        hashLength: 32,
      };
      const hash = await argon2.hash(password, options);
      // It writes m, p, t; libargon2 and Python's argon2-cffi read m, t, p only.
      return hash.replace(/\$m=(\d+),p=(\d+),t=(\d+)\$/, "$m=$1,t=$3,p=$2$");
    },
    verify: (hash, password) => argon2.verify(hash, password),
  };
}
