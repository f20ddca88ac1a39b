import { readFileSync } from "node:fs";

let known: ReadonlySet<string> | undefined;

/**
 * Whether a password is among those that attackers try first: listed, or one to three characters repeated.
 */
export function isCommon(password: string): boolean {
  const text = password.normalize("NFKC").toLowerCase();
  if (/^(.{1,3}?)\1+$/su.test(text)) return true;
  known ??= readList();
  return known.has(text);
}

/** Read at first use: most servers never need it. */
function readList(): ReadonlySet<string> {
  const lines = readFileSync(new URL("common-passwords.txt", import.meta.url), "utf8").split("\n");
  return new Set(lines.filter((line) => line !== "" && !line.startsWith("# ")));
}
