import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.js";
import { shared } from "./shared.js";

const root = join(import.meta.dirname, "../..");
const strict = { strict: true, skipLibCheck: false, target: "ES2022", types: [] };
/** The workspace's own compiler. It is faster on one core, where others are in use. */
const COMPILER = [join(root, "node_modules/typescript/bin/tsc"), "--singleThreaded"];

/** A package as its users have it: packed, and installed outside the monorepo. */
export interface InstalledPackage {
  readonly folder: string;
  /** Runs Node there; resolves to the output, or rejects with it on failure. */
  node(...parameters: readonly string[]): Promise<string>;
  /**
   * Type-checks the consumer's files there, including every declaration that they reach, and compiles them
   * into `out`.
   */
  compile(compilerOptions: Readonly<Record<string, unknown>>, compiler?: readonly string[]): Promise<string>;
}

/** One of `install.ts`'s folders, with these consumer files in it. */
export async function installedIn(
  place: "client" | "guard" | "together",
  consumer: string,
  files?: readonly string[],
): Promise<InstalledPackage> {
  return withConsumer(join(await shared("packages"), place), consumer, files);
}

/** A folder in which packages are installed, with these files of a consumer in it. */
export async function withConsumer(
  folder: string,
  consumer: string,
  files?: readonly string[],
): Promise<InstalledPackage> {
  for (const file of files ?? (await readdir(consumer))) {
    await copyFile(join(consumer, file), join(folder, file));
  }
  const node = (...parameters: readonly string[]) => run(process.execPath, parameters, folder);
  return {
    folder,
    node,
    async compile(options, compiler = COMPILER) {
      const compilerOptions = { ...strict, outDir: "out", ...options };
      await writeFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions, include: ["*.ts", "*.tsx"] }),
      );
      return node(...compiler, "-p", "tsconfig.json");
    },
  };
}

/** Checks the packed file with publint and arethetypeswrong; rejects with what they report. */
export async function judge(name: "client" | "guard"): Promise<void> {
  const tarball = join(await shared("packages"), `${name}.tgz`);
  const program = (bin: string) => join(root, "node_modules/.bin", bin);
  await run(program("publint"), ["run", tarball, "--strict"], root);
  // Our packages are ESM only, which every supported Node can also `require`. Ignored are the old resolution
  // of Node 10, and the warning that a `require` ends in ESM.
  await run(program("attw"), [tarball, "--profile", "esm-only"], root);
}
