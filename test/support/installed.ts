import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import typescript from "typescript/package.json" with { type: "json" };

const packages = join(import.meta.dirname, "../../packages");
const strict = { strict: true, skipLibCheck: false, target: "ES2022", types: [] };

/** A package as its users have it: packed, and installed outside the monorepo. */
export interface InstalledPackage {
  readonly folder: string;
  readonly tarball: string;
  /** Runs Node there; resolves to what was written, rejects with it where it fails. */
  node(...parameters: readonly string[]): Promise<string>;
  /** Installs more beside it. */
  add(...packages: readonly string[]): Promise<void>;
  /** Type-checks the consumer's files there, every declaration that they reach included, and compiles them into `out`. */
  compile(compilerOptions: Readonly<Record<string, unknown>>, compiler?: string): Promise<string>;
  remove(): Promise<void>;
}

export interface Installation {
  /** The package's folder under `packages`. */
  readonly name: string;
  /** Holds what its user has written. */
  readonly consumer: string;
}

/** Builds, packs and installs a package in an empty folder, and puts its consumer's files beside it. */
export async function installPackage({ name, consumer }: Installation): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), `latchkey-${name}-`));
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], join(packages, name));
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf("[\n"))) as [{ readonly filename: string }];
  const tarball = join(folder, filename);
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const add = async (...wanted: readonly string[]) => {
    await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...wanted], folder);
  };
  await add(tarball, `typescript@${typescript.version}`);
  for (const file of await readdir(consumer)) await copyFile(join(consumer, file), join(folder, file));
  const node = (...parameters: readonly string[]) => run(process.execPath, parameters, folder);
  return {
    folder,
    tarball,
    node,
    add,
    async compile(options, compiler = "typescript") {
      const compilerOptions = { ...strict, outDir: "out", ...options };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
      return node(`node_modules/${compiler}/bin/tsc`, "-p", "tsconfig.json");
    },
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
