import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** The hand-written documents: at the top level, in each package, and all of `apps/docs`. */
export const documents: readonly string[] = [
  ...markdownIn(""),
  ...readdirSync(join(ROOT, "packages")).flatMap((name) => markdownIn(`packages/${name}`)),
  ...markdownIn("apps/docs", { recursive: true }),
];

function markdownIn(folder: string, { recursive = false } = {}): string[] {
  return readdirSync(join(ROOT, folder), { recursive, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.endsWith(".generated.md"))
    .map((name) => join(folder, name));
}

export const readDocument = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** The only fenced block of this language that contains `part`. */
export function block(path: string, language: string, part: string): string {
  const blocks = [...readDocument(path).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const found = blocks.filter(([, name, text]) => name === language && text?.includes(part));
  if (found.length !== 1) throw new Error(`${path} has ${found.length} blocks with ${part}`);
  return found[0]?.[2] ?? "";
}
