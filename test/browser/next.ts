import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../support/run.js";
import { shared } from "../support/shared.js";

const EXAMPLE = join(import.meta.dirname, "../../apps/example-next");
/** Nothing but the registry's packages is fetched, by npm: Next itself asks nobody. */
const QUIET = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" } as const;

/**
 * Installs and builds the Next.js example outside of the monorepo by its own lock file, with the packed
 * client in the place of the workspace; resolves to its folder.
 */
export async function buildNext(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "latchkey-next-"));
  const [folder, client] = [join(root, "apps/example-next"), join(root, "packages/client")];
  const isSource = (path: string) => !/\/(node_modules|\.next|next-env\.d\.ts)($|\/)/.test(path);
  await cp(EXAMPLE, folder, { recursive: true, filter: isSource });
  await mkdir(client, { recursive: true });
  await run("tar", ["-xzf", join(await shared("packages"), "client.tgz"), "--strip-components=1"], client);
  await run("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], folder);
  await run(process.execPath, ["node_modules/next/dist/bin/next", "build"], folder, QUIET);
  return { folder, remove: () => rm(root, { recursive: true, force: true }) };
}

/** The built example as a running server. */
export interface RunningNext {
  /** Under the name for which a browser keeps the cookie without HTTPS. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startNext(
  folder: string,
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<RunningNext> {
  const child = spawn(
    process.execPath,
    ["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", String(port)],
    { cwd: folder, env: { ...process.env, ...QUIET, ...environment }, stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => String(chunk).includes("Ready") && resolve());
    child.once("exit", (code) => reject(new Error(`Next.js has ended with ${code}`)));
  });
  return {
    url: `http://localhost:${port}`,
    async stop() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}
