import { createHash, randomBytes, randomInt } from "node:crypto";
import type { WrittenCode } from "./store.js";

/** A code of six digits, and the secret of a link that can be opened in its place. */
export interface Code {
  readonly code: string;
  readonly secret: string;
}

export function newCode(): Code {
  return { code: String(randomInt(1_000_000)).padStart(6, "0"), secret: newSecret() };
}

/** 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * What is stored of a code for a ticket. The ticket's hash is part of it, so that codes that happen to be equal are
 * not stored alike.
 */
export function writtenFor(ticketHash: string, { code, secret }: Code): WrittenCode {
  return {
    ticketHash,
    codeHash: hashOf("code", ticketHash, code),
    linkHash: hashOf("link", ticketHash, secret),
  };
}

export function hashOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
