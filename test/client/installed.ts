import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import typescript from "typescript/package.json" with { type: "json" };

const clientFolder = join(import.meta.dirname, "../../packages/client");
const consumerFolder = join(import.meta.dirname, "consumer");

/** Compilers before the workspace's own that users may have, as npm's aliases for them. */
export const OLDER_COMPILERS = ["typescript-5.7", "typescript-5.9", "typescript-6.0"] as const;
const OLDER_PACKAGES = [
  "typescript-5.7@npm:typescript@5.7.3",
  "typescript-5.9@npm:typescript@5.9.3",
  "typescript-6.0@npm:typescript@6.0.3",
];

/** The client as its users have it: packed, and installed outside the monorepo. */
export interface InstalledClient {
  readonly folder: string;
  readonly tarball: string;
  /** Whether the older compilers are there as well: not where there is neither a registry nor a copy of them. */
  readonly hasOlderCompilers: boolean;
  /** Runs Node there; resolves to what was written, rejects with it where it fails. */
  node(...parameters: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Builds, packs and installs the client in an empty folder, and puts the files of `consumer` beside it. */
export async function installClient(): Promise<InstalledClient> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-client-"));
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], clientFolder);
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf("[\n"))) as [{ readonly filename: string }];
  const tarball = join(folder, filename);
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const install = (packages: readonly string[]) =>
    run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], folder);
  await install([tarball, `typescript@${typescript.version}`]);
  const hasOlderCompilers = await install(OLDER_PACKAGES).then(
    () => true,
    () => false,
  );
  for (const file of ["usage.ts", "session.ts"])
    await copyFile(join(consumerFolder, file), join(folder, file));
  return {
    folder,
    tarball,
    hasOlderCompilers,
    node: (...parameters) => run(process.execPath, parameters, folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs a program; its output is the reason where it fails. */
export async function run(command: string, parameters: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, parameters, { cwd, env: cleanEnvironment() });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${parameters.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Without what an npm that started the tests says about this workspace: it is not the consumer's. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^npm_config_(workspace|local_prefix)/.test(name)));
}
