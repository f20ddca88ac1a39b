import { randomBytes } from "node:crypto";
import { accountErrors } from "@latchkey/contracts/errors/account";
import { MAX_PASSWORD_CODE_POINTS } from "@latchkey/contracts/fields/text";
import { AppError } from "../../error.js";
import { isCommon } from "./common.js";
import { isAffordable, readHash } from "./hash-formats.mjs";
import type { Argon2Parameters, Hasher } from "./hasher.js";
import type { Queue } from "./queue.js";

/** What comparing a password with a hash came to. */
export interface Verdict {
  readonly right: boolean;
  /** The hash was made in another way than is set now: to be renewed while the password is at hand. */
  readonly outdated: boolean;
}

/**
 * Hashes passwords and compares them, the networks that ask in turn. Rejects with `UNAVAILABLE` when too many wait
 * already.
 */
export interface Passwords {
  /** Makes a PHC string of a new password. Raises `PASSWORD_TOO_COMMON` where common ones are refused. */
  hash(password: string, network: string): Promise<string>;
  /** Makes another PHC string of a password that is in use, with the parameters that are set now. */
  rehash(password: string, network: string): Promise<string>;
  /** Takes the same time whether there is a hash of this server's or none; a hash of another system takes its own. */
  verify(hash: string | undefined, password: string, network: string): Promise<Verdict>;
  /** Whether a hash of another system can be compared with, at a cost that a server can bear. */
  judge(hash: string): HashJudgement;
}

/** A hash as it may be kept, or why it may not. */
export type HashJudgement = { readonly comparable: string } | { readonly fault: "unknown" | "too costly" };

interface Deps {
  readonly hasher: Hasher;
  readonly queue: Queue;
  readonly parameters: Argon2Parameters;
  readonly refusesCommon: boolean;
}

const WRONG: Verdict = { right: false, outdated: false };

export function createPasswords({ hasher, queue, parameters, refusesCommon }: Deps): Passwords {
  const { timeCost, memoryKib, parallelism } = parameters;
  const prefix = `$argon2i$v=19$m=${memoryKib},t=${timeCost},p=${parallelism}$`;
  const unpadded = (bytes: number) => randomBytes(bytes).toString("base64").replaceAll("=", "");
  // Nobody's hash: comparing with it costs what comparing with somebody's does.
  const decoy = `${prefix}${unpadded(16)}$${unpadded(32)}`;

  const rehash = (password: string, network: string) =>
    queue.run(network, () => hasher.hash(password, parameters));

  return {
    rehash,

    async hash(password, network) {
      if (refusesCommon && isCommon(password)) throw new AppError(accountErrors.PASSWORD_TOO_COMMON);
      return rehash(password, network);
    },

    async verify(hash, password, network) {
      // No such password was ever hashed; hashing text of any length would be work for whoever asks.
      if (isTooLong(password)) return WRONG;
      const comparable = hash !== undefined && isComparable(hash) ? hash : undefined;
      const right = await queue.run(network, () => hasher.verify(comparable ?? decoy, password));
      if (comparable === undefined || !right) return WRONG;
      return { right, outdated: !comparable.startsWith(prefix) };
    },

    judge(text) {
      const hash = readHash(text);
      if (hash === undefined) return { fault: "unknown" };
      // What the settings ask for is not too much.
      if (!isAffordable(hash) && !text.startsWith(prefix)) return { fault: "too costly" };
      return { comparable: hash.algorithm === "argon2" ? hash.text : text };
    },
  };
}

/** The settings bound what Argon2 costs; what came from elsewhere is bounded here too, however it came. */
function isComparable(text: string): boolean {
  const hash = readHash(text);
  return hash !== undefined && (hash.algorithm === "argon2" || isAffordable(hash));
}

function isTooLong(password: string): boolean {
  return password.length > MAX_PASSWORD_CODE_POINTS && [...password].length > MAX_PASSWORD_CODE_POINTS;
}
