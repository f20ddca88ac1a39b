import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The stored form of an idempotency key, for comparison. */
export function hashIdempotencyKey(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}

/**
 * Seals a successor so that only a caller who has the key can open it, an idempotency key or the exchanged
 * token: the successor itself is never stored. `tokenId` is the exchanged token's.
 */
export function sealSuccessor(token: string, tokenId: string, key: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(tokenId, key), iv);
  const sealed = Buffer.concat([cipher.update(token, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The token that was sealed with the same id and key; `undefined` if they are not the same. */
export function openSuccessor(sealed: string, tokenId: string, key: string): string | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv(CIPHER, sealingKey(tokenId, key), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const opened = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8");
  try {
    return opened + decipher.final("utf8");
  } catch {
    // It does not authenticate: a token may be spelled in more than one way.
    return undefined;
  }
}

function sealingKey(tokenId: string, key: string): Buffer {
  return createHmac("sha256", key).update(`latchkey successor of ${tokenId}`).digest();
}
