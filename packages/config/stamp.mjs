import { writeFileSync } from "node:fs";

const UNWRITABLE = ["EROFS", "EACCES", "EPERM"];

/**
 * Notes that something is done, so that the next start need not check again. If nothing can be written, each
 * start checks again, which is only slower.
 * @param {string} path
 * @param {string} text
 */
export function writeStamp(path, text) {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!UNWRITABLE.includes(code)) throw error;
  }
}
