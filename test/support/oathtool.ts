import { spawnSync } from "node:child_process";

/** Whether OATH Toolkit's program is here, which computes codes by code that is not ours. */
export const hasOathtool = spawnSync("oathtool", ["--version"]).status === 0;

/** The codes of some steps from a time on, as `oathtool` computes them. */
export function oathtool(
  base32: string,
  at: {
    readonly atMs: number;
    readonly steps?: number;
    readonly algorithm?: string;
    readonly digits?: number;
    readonly periodSeconds?: number;
  },
): readonly string[] {
  const { atMs, steps = 1, algorithm = "SHA1", digits = 6, periodSeconds = 30 } = at;
  const now = `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const how = [`--totp=${algorithm}`, `--digits=${digits}`, `--time-step-size=${periodSeconds}s`];
  const args = [...how, "--base32", "--now", now, "--window", String(steps - 1), base32];
  const { status, stdout, stderr } = spawnSync("oathtool", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`oathtool: ${stderr}`);
  return stdout.trim().split("\n");
}
