import { createHash, randomBytes } from "node:crypto";

/** How many codes a set has. */
export const CODES_PER_SET = 10;

/** Crockford's alphabet: no letter in it can be taken for another, or for a digit. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** 80 bits. */
const LENGTH = 16;
const FORM = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** A new set, as it is shown to its owner: `7h3k-9qpz-0m2x-c4wd`. */
export function makeCodes(): readonly string[] {
  return Array.from({ length: CODES_PER_SET }, makeCode);
}

/** Whether text has the form of a recovery code, as people type it. */
export function isRecoveryCode(text: string): boolean {
  return FORM.test(comparedForm(text));
}

/**
 * What is stored of a code. It has too many bits to be guessed, so a fast hash is enough; with the account in it,
 * no two accounts have the same.
 */
export function hashOfCode(account: string, code: string): string {
  return createHash("sha256")
    .update(`${account}\n${comparedForm(code)}`)
    .digest("base64url");
}

function makeCode(): string {
  const letters = Array.from(randomBytes(LENGTH), (byte) => ALPHABET.charAt(byte & 31)).join("");
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

/** What people read or write instead of the alphabet's letters counts as these. */
function comparedForm(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Pd}]/gu, "")
    .replaceAll("o", "0")
    .replace(/[il]/g, "1");
}
