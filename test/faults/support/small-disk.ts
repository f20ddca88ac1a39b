import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atEnd, temporaryFolder } from "./children.js";

/** A file system of 4 MiB, or `undefined` where that is not allowed. */
export function mountSmall(): string | undefined {
  const folder = temporaryFolder();
  const options = ["-t", "tmpfs", "-o", "size=4m", "latchkey-faults", folder];
  if (spawnSync("mount", options, { stdio: "ignore" }).status !== 0) return undefined;
  atEnd(() => execFileSync("umount", ["-l", folder]));
  return folder;
}

/** Takes all the room there is; gives it back when called. */
export function fill(mount: string): () => void {
  const path = join(mount, "somebody-elses-file");
  for (const size of [65_536, 4096, 512]) {
    for (let i = 0; i < 100; i++) {
      try {
        writeFileSync(path, Buffer.alloc(size), { flag: "a" });
      } catch {
        break;
      }
    }
  }
  return () => rmSync(path);
}
