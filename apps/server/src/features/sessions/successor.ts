import { hash } from "node:crypto";

/** What is kept of a successor, so that it can be written again. */
export interface Successor {
  /** Its `jti`, which is no secret. */
  readonly id: string;
  /** Its signature in base64url, unless its claims determine that. */
  readonly signature: string | undefined;
}

/** The stored form of an idempotency key, for comparison. */
export function hashIdempotencyKey(key: string): string {
  return hash("sha256", key, "base64url");
}

/**
 * Seals a successor so that only a caller who has the key can open it, an idempotency key or the exchanged
 * token: anyone could write the rest of a token from the database, so its signature is never stored in clear.
 * `tokenId` is the exchanged token's.
 */
export function sealSuccessor({ id, signature }: Successor, tokenId: string, key: string): string {
  return signature === undefined ? id : `${id}.${masked(signature, tokenId, key)}`;
}

/** What was sealed with the same id and key; with others, a signature that is not the successor's. */
export function openSuccessor(sealed: string, tokenId: string, key: string): Successor {
  const [id = "", signature] = sealed.split(".");
  return { id, signature: signature === undefined ? undefined : masked(signature, tokenId, key) };
}

/** Masks or unmasks. A token is exchanged once, so a mask covers one signature and needs no nonce. */
function masked(signature: string, tokenId: string, key: string): string {
  const bytes = Buffer.from(signature, "base64url");
  const mask = hash("sha512", `latchkey successor of ${tokenId} ${key}`, "buffer");
  // What the mask does not cover would be stored in clear.
  if (bytes.length > mask.length) throw new Error("The signature is longer than its mask");
  return Buffer.from(bytes.map((byte, at) => byte ^ (mask[at] ?? 0))).toString("base64url");
}
