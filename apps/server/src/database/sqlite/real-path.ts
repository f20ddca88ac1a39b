import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * The path of a database's file wherever links lead, even if the file itself is missing. All other files of a
 * database are beside this one, as its log is: a link may lead to another disk.
 */
export function realPathOf(path: string): string {
  return tryTo(() => realpathSync(path)) ?? targetOf(path, MOST_LINKS);
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

function targetOf(path: string, most: number): string {
  const folder = tryTo(() => realpathSync(dirname(path)));
  if (folder === undefined) return resolve(path);
  const target = tryTo(() => readlinkSync(path));
  if (target === undefined || most === 0) return join(folder, basename(path));
  return targetOf(resolve(folder, target), most - 1);
}

/** `undefined` if there is nothing, or if it cannot be followed: opening the file reports why. */
function tryTo(look: () => string): string | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
