import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atEnd, temporaryFolder } from "./children.js";

/** A file system of so many MiB, or `undefined` if that is not permitted. */
export function mountSmall(mib = 48): string | undefined {
  const folder = temporaryFolder();
  const options = ["-t", "tmpfs", "-o", `size=${mib}m`, "latchkey-faults", folder];
  if (spawnSync("mount", options, { stdio: "ignore" }).status !== 0) return undefined;
  atEnd(() => execFileSync("umount", ["-l", folder]));
  return folder;
}

/** Takes all free space; returns it when called. */
export function fill(mount: string): () => void {
  const path = join(mount, "somebody-elses-file");
  for (const size of [1_048_576, 65_536, 4096, 512]) {
    const bytes = Buffer.alloc(size);
    while (fits(() => writeFileSync(path, bytes, { flag: "a" })));
  }
  return () => rmSync(path);
}

function fits(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}
