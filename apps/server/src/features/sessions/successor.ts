import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The stored form of an idempotency key, for comparison. */
export function hashIdempotencyKey(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}

/**
 * Seals a successor so that only a caller who knows the idempotency key can open it: the token itself is
 * never stored. `tokenId` is the exchanged token's.
 */
export function sealSuccessor(token: string, tokenId: string, idempotencyKey: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(tokenId, idempotencyKey), iv);
  const sealed = Buffer.concat([cipher.update(token, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The token that was sealed with the same id and key. */
export function openSuccessor(sealed: string, tokenId: string, idempotencyKey: string): string {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv(CIPHER, sealingKey(tokenId, idempotencyKey), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}

function sealingKey(tokenId: string, idempotencyKey: string): Buffer {
  return createHmac("sha256", idempotencyKey).update(`latchkey successor of ${tokenId}`).digest();
}
