import { randomInt } from "node:crypto";

/** Without characters that are mistaken for others when they are read out or copied by hand. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LENGTH = 4;

/** A temporary password: 79 random bits, in groups that can be read out over the telephone. */
export function makeTemporaryPassword(): string {
  const character = () => ALPHABET[randomInt(ALPHABET.length)];
  const group = () => Array.from({ length: GROUP_LENGTH }, character).join("");
  return Array.from({ length: GROUPS }, group).join("-");
}
