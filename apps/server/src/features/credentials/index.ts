import type { Host } from "../../host.js";
import { oneOf, type ValuesOf, wholeNumber } from "../../settings/setting.js";
import { type Hasher, openHasher } from "./hasher.js";
import { measureQueues, observeHashes } from "./measure.js";
import { createPasswords, type Passwords } from "./passwords.js";
import { createQueue } from "./queue.js";
import { createCredentials } from "./service.js";

const length = wholeNumber({ min: 1, max: 128 });

export const credentialSettings = {
  timeCost: {
    name: "ARGON2_TIME_COST",
    meaning: "argon2i: passes over the memory.",
    fallback: "3",
    parse: wholeNumber({ min: 1, max: 100 }),
  },
  memoryKib: {
    name: "ARGON2_MEMORY_KIB",
    meaning: "argon2i: memory for one hash, in KiB.",
    fallback: "65536",
    // RFC 9106 requires at least 8 KiB for each lane.
    parse: wholeNumber({ min: 512, max: 4_194_304 }),
  },
  parallelism: {
    name: "ARGON2_PARALLELISM",
    meaning: "argon2i: lanes.",
    fallback: "1",
    parse: wholeNumber({ min: 1, max: 64 }),
  },
  maxWaiting: {
    name: "PASSWORD_QUEUE_LENGTH",
    meaning:
      "How many password checks may wait for a core, and how many checks of hashes from other systems, " +
      "which have a queue of their own. Any more are answered with 503.",
    fallback: "500",
    parse: wholeNumber({ min: 1, max: 100_000 }),
  },
  maxWaitSeconds: {
    name: "PASSWORD_QUEUE_SECONDS",
    meaning: "How many seconds a password check may wait for a core before it is answered with 503.",
    fallback: "5",
    parse: wholeNumber({ min: 1, max: 600 }),
  },
  minLength: {
    name: "PASSWORD_MIN_LENGTH",
    meaning: "How many characters a new password must have under `/api/v1` and on the command line.",
    fallback: "6",
    parse: length,
  },
  minLengthUsers: {
    name: "PASSWORD_MIN_LENGTH_USERS",
    meaning: "The same for `/api/users`, whose contract promises the default.",
    fallback: "1",
    parse: length,
  },
  minLengthAuth: {
    name: "PASSWORD_MIN_LENGTH_AUTH",
    meaning: "The same for `/api/auth`, whose contract promises the default.",
    fallback: "6",
    parse: length,
  },
  common: {
    name: "COMMON_PASSWORDS",
    meaning: "Whether to `allow` or `refuse` new passwords that are among the first that attackers try.",
    fallback: "allow",
    parse: oneOf("allow", "refuse"),
  },
} as const;

/**
 * One more task is kept ready for each thread, so that the thread need not wait for the event loop between
 * two.
 */
const AT_HAND_PER_THREAD = 2;

export interface HashingFeature {
  readonly passwords: Passwords;
  readonly hasher: Hasher;
  close(): Promise<void>;
}

/** `processes` is how many servers share this machine's cores. */
export async function openHashing(
  { metrics }: Pick<Host, "metrics">,
  settings: ValuesOf<typeof credentialSettings>,
  processes: number,
): Promise<HashingFeature> {
  const { timeCost, memoryKib, parallelism, maxWaiting, maxWaitSeconds } = settings;
  const hasher = await openHasher(processes, metrics && observeHashes(metrics));
  const queueFor = (threads: number) =>
    createQueue({
      concurrency: threads * AT_HAND_PER_THREAD,
      maxWaiting,
      maxWaitMs: maxWaitSeconds * 1000,
    });
  const bare = { queue: queueFor(hasher.size), queueOfOld: queueFor(hasher.sizeOfOld) };
  const queues = metrics === undefined ? bare : measureQueues(bare, metrics);
  const parameters = { timeCost, memoryKib, parallelism };
  return {
    hasher,
    close: hasher.close,
    passwords: createPasswords({
      hasher,
      ...queues,
      parameters,
      refusesCommon: settings.common === "refuse",
    }),
  };
}

export function openCredentials(
  { clock }: Pick<Host, "clock">,
  deps: Omit<Parameters<typeof createCredentials>[0], "clock">,
) {
  return createCredentials({ clock, ...deps });
}
