import { execFileSync } from "node:child_process";

/** Debian's own Python comes first: the distribution keeps its packages in step. */
const CANDIDATES = ["/usr/bin/python3", "python3"];

/** The first Python that runs `probe` successfully; `undefined` if there is none. */
export function findPython(probe: string): string | undefined {
  return CANDIDATES.find((command) => {
    try {
      execFileSync(command, ["-c", probe], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}
