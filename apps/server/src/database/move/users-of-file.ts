import { readdirSync, readlinkSync, realpathSync } from "node:fs";

/** Other processes that have a file open, as far as this user may see them; none where the system does not say. */
export function processesWith(path: string): readonly number[] {
  const real = realpathSync(path);
  return list("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => list(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === real))
    .map(Number);
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
