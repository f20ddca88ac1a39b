import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * Seals secrets that the server has to read again, such as those of authenticator apps, before they are stored:
 * AES-256-GCM under the operator's key. Without a key they are stored as they are.
 */
export interface Seal {
  readonly hasKey: boolean;
  /**
   * What is stored for a secret. `bound` names what it belongs to, such as the id of its row: a value that was
   * copied to another row cannot be opened there.
   */
  seal(secret: string, bound: string): string;
  /** The secret of a stored value; `undefined` if its key is not among ours, or the value was changed. */
  open(stored: string, bound: string): string | undefined;
  /** Whether `seal` would write the value in another way now: it is not sealed, or under an older key. */
  isOutdated(stored: string): boolean;
}

/** Keys of 32 bytes: the first one seals, all of them open. */
export type SealKeys = readonly Buffer[];

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Fewer different bytes than any 32 random ones have. */
const FEWEST_DIFFERENT = 12;
const FORM = /^sealed\.1\.([\w-]{8})\.([\w-]+)$/;
const ADVICE = "generate one with `openssl rand -base64 32`";

export function createSeal(keys: SealKeys): Seal {
  const named = new Map(keys.map((key) => [nameOf(key), key]));
  const [first] = named;

  return {
    hasKey: first !== undefined,

    seal(secret, bound) {
      if (first === undefined) return secret;
      const [name, key] = first;
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(bound));
      const sealed = Buffer.concat([iv, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `sealed.1.${name}.${sealed.toString("base64url")}`;
    },

    open(stored, bound) {
      const [, name = "", data = ""] = FORM.exec(stored) ?? [];
      if (name === "") return stored.startsWith("sealed.") ? undefined : stored;
      const key = named.get(name);
      const bytes = Buffer.from(data, "base64url");
      if (key === undefined || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      return decrypt(key, bytes, bound);
    },

    isOutdated: (stored) => first !== undefined && FORM.exec(stored)?.[1] !== first[0],
  };
}

/** Whether a stored value is sealed, under whatever key. */
export function isSealed(stored: string): boolean {
  return stored.startsWith("sealed.");
}

/** Reads the keys of `SEAL_KEY`. A fault never quotes them. */
export function parseSealKeys(text: string): { readonly value: SealKeys } | { readonly fault: string } {
  const keys = text
    .split(/[\s,]+/)
    .filter((each) => each !== "")
    .map(keyOf);
  if (keys.length === 0) return { fault: `must be a key: ${ADVICE}` };
  const value = keys.filter((key) => key !== undefined);
  if (value.length < keys.length) return { fault: `must be ${KEY_BYTES} bytes in Base64 or hex: ${ADVICE}` };
  if (value.some((key) => new Set(key).size < FEWEST_DIFFERENT))
    return { fault: `must be random: ${ADVICE}` };
  if (new Set(value.map(nameOf)).size < value.length) return { fault: "must name each key once" };
  return { value };
}

/** The same for the file that `SEAL_KEY_FILE` names. */
export function readSealKeys(path: string): { readonly value: SealKeys } | { readonly fault: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return { fault: `must name a file that can be read (${code})` };
  }
  const parsed = parseSealKeys(text);
  return "fault" in parsed ? { fault: `must name a file with keys, whose content ${parsed.fault}` } : parsed;
}

function keyOf(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  const key = /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : undefined;
  return key?.length === KEY_BYTES ? key : undefined;
}

/** Tells keys apart without giving anything of them away. */
function nameOf(key: Buffer): string {
  return createHash("sha256").update("latchkey seal key\n").update(key).digest("base64url").slice(0, 8);
}

function decrypt(key: Buffer, bytes: Buffer, bound: string): string | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(bound))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    // Node says only that the tag does not match: the value, its row or its key was changed.
    return undefined;
  }
}
