import { randomBytes } from "node:crypto";
import { accountErrors } from "@latchkey/contracts/errors/account";
import { MAX_PASSWORD_CODE_POINTS } from "@latchkey/contracts/fields/text";
import { AppError } from "../../error.js";
import { isCommon } from "./common.js";
import { formsOf, preparedPassword } from "./forms.js";
import { isAffordable, readHash } from "./hash-formats.mjs";
import type { Argon2Parameters, Hasher } from "./hasher.js";
import type { Queue, Turn } from "./queue.js";

/** The result of comparing a password with a hash. */
export interface Verdict {
  readonly right: boolean;
  /**
   * The hash was made with other parameters than the current ones, or of the typed text instead of the
   * prepared one (`forms.ts`); it should be renewed while the password is known.
   */
  readonly outdated: boolean;
}

/**
 * Hashes and compares passwords, in turns (`queue.ts`). Rejects with `UNAVAILABLE` if too many tasks are
 * waiting already.
 */
export interface Passwords {
  /** Makes a PHC string of a new password. Raises `PASSWORD_TOO_COMMON` if common ones are refused. */
  hash(password: string, turn: Turn): Promise<string>;
  /** Makes another PHC string of a password that is in use, with the current parameters. */
  rehash(password: string, turn: Turn): Promise<string>;
  /**
   * Takes the same time whether there is a hash of this server's or none; a hash of another system takes its
   * own time. At most two comparisons.
   */
  verify(hash: string | undefined, password: string, turn: Turn): Promise<Verdict>;
  /** Whether passwords can be compared with a hash of another system, at an acceptable cost. */
  judge(hash: string): HashJudgement;
}

/** A hash that may be kept, or why it may not. */
export type HashJudgement = { readonly comparable: string } | { readonly fault: "unknown" | "too costly" };

interface Deps {
  readonly hasher: Hasher;
  readonly queue: Queue;
  /** For hashes that were made elsewhere or with other parameters, some of which take much longer. */
  readonly queueOfOld: Queue;
  readonly parameters: Argon2Parameters;
  readonly refusesCommon: boolean;
}

const WRONG: Verdict = { right: false, outdated: false };

export function createPasswords({ hasher, queue, queueOfOld, parameters, refusesCommon }: Deps): Passwords {
  const { timeCost, memoryKib, parallelism } = parameters;
  const prefix = `$argon2i$v=19$m=${memoryKib},t=${timeCost},p=${parallelism}$`;
  const unpadded = (bytes: number) => randomBytes(bytes).toString("base64").replaceAll("=", "");
  // A hash that belongs to no account; comparing with it costs the same as comparing with an account's.
  const decoy = `${prefix}${unpadded(16)}$${unpadded(32)}`;

  const rehash = (password: string, turn: Turn) =>
    queue.run(turn, () => hasher.hash(preparedPassword(password), parameters));

  return {
    rehash,

    async hash(password, turn) {
      if (refusesCommon && isCommon(password)) throw new AppError(accountErrors.PASSWORD_TOO_COMMON);
      return rehash(password, turn);
    },

    async verify(hash, password, turn) {
      // No password of this length was ever hashed, and callers must not be able to make the server hash text
      // of any length.
      if (isTooLong(password)) return WRONG;
      const comparable = hash !== undefined && isComparable(hash) ? hash : undefined;
      const isOld = comparable !== undefined && !comparable.startsWith(prefix);
      const compare = (form: string) =>
        isOld
          ? queueOfOld.run(turn, () => hasher.verifyOld(comparable, form))
          : queue.run(turn, () => hasher.verify(comparable ?? decoy, form));
      const forms = formsOf(password);
      // The same forms, whether there is a hash or none: equal time. Each waits for a turn of its own.
      for (const form of forms) {
        if (!(await compare(form)) || comparable === undefined) continue;
        const isCurrent = !isOld && form === forms[0];
        return { right: true, outdated: !isCurrent && readsWhole(comparable, form) };
      }
      return WRONG;
    },

    judge(text) {
      const hash = readHash(text);
      if (hash === undefined) return { fault: "unknown" };
      // What the settings ask for is never too expensive.
      if (!isAffordable(hash) && !text.startsWith(prefix)) return { fault: "too costly" };
      return { comparable: hash.algorithm === "argon2" ? hash.text : text };
    },
  };
}

/**
 * The settings bound the cost of Argon2; hashes from elsewhere are bounded here too, however they got into
 * the database.
 */
function isComparable(text: string): boolean {
  const hash = readHash(text);
  return hash !== undefined && (hash.algorithm === "argon2" || isAffordable(hash));
}

/**
 * Whether a password that matches a hash is known to be all that the hash was made of. bcrypt reads 72 bytes:
 * if a text of that length became the password, an attacker who knows them could lock out an owner whose
 * password is longer.
 */
function readsWhole(text: string, password: string): boolean {
  const hash = readHash(text);
  const isCut = hash?.algorithm === "bcrypt" && hash.input === "password";
  return !isCut || Buffer.byteLength(password) < BCRYPT_BYTES;
}

const BCRYPT_BYTES = 72;

function isTooLong(password: string): boolean {
  return password.length > MAX_PASSWORD_CODE_POINTS && [...password].length > MAX_PASSWORD_CODE_POINTS;
}
