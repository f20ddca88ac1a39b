import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `contracts` are frozen; `procedures` may be recorded again when their answers change on purpose. */
export type Collection = "contracts" | "procedures";

const folderOf = (collection: Collection) => join(import.meta.dirname, collection, "answers");
const fileOf = (collection: Collection, name: string) => join(folderOf(collection), `${name}.txt`);

/** The names of all recordings, sorted. */
export function recordedNames(collection: Collection): string[] {
  return readdirSync(folderOf(collection))
    .map((file) => file.replace(/\.txt$/, ""))
    .sort();
}

/** The recording of a chapter; `undefined` if there is none. */
export function readRecording(collection: Collection, name: string): string | undefined {
  const file = fileOf(collection, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

export function writeRecording(collection: Collection, name: string, text: string): void {
  const file = fileOf(collection, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
