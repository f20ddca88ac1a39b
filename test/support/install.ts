import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import typescript from "typescript/package.json" with { type: "json" };
import serverPackage from "../../apps/server/package.json" with { type: "json" };
import testPackage from "../package.json" with { type: "json" };
import type { Shared } from "./once-per-run.js";
import { run } from "./run.js";

const NAMES = ["client", "guard"];
/** What users of the packages may also have; tRPC asks for a TypeScript. */
const BESIDES = [
  `typescript@${typescript.version}`,
  `@trpc/server@${serverPackage.dependencies["@trpc/server"]}`,
  `express@${serverPackage.dependencies.express}`,
  `@types/express@${testPackage.devDependencies["@types/express"]}`,
];

/**
 * Builds and packs our packages, and has npm install them outside the monorepo: in `together` both of them
 * with the frameworks, and each in its own folder with only what it brings. The tarballs are in the folder
 * above.
 */
export async function installPackages(): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-packages-"));
  const workspaces = NAMES.flatMap((name) => ["--workspace", `packages/${name}`]);
  const root = join(import.meta.dirname, "../..");
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder, ...workspaces], root);
  const tarballs = JSON.parse(packed.slice(packed.indexOf("[\n"))) as ReadonlyArray<{ filename: string }>;
  const together = join(folder, "together");
  await mkdir(together);
  await writeFile(join(together, "package.json"), MANIFEST);
  const wanted = [...tarballs.map(({ filename }) => join(folder, filename)), ...BESIDES];
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...wanted], together);
  for (const [index, name] of NAMES.entries()) {
    await rename(join(folder, tarballs[index]?.filename ?? ""), join(folder, `${name}.tgz`));
    await setApart(together, join(folder, name), `@latchkey/${name}`);
  }
  return { address: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

const MANIFEST = '{ "private": true, "type": "module" }\n';

/** npm's own record of what it has installed. */
interface Installed {
  readonly packages: Readonly<Record<string, InstalledPackage>>;
}
interface InstalledPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Copies a package, with everything that npm installs for that package alone. */
async function setApart(from: string, to: string, name: string): Promise<void> {
  const notes = await readFile(join(from, "node_modules/.package-lock.json"), "utf8");
  const { packages } = JSON.parse(notes) as Installed; // Safe: npm writes it so.
  const brought = new Set([name]);
  for (const each of brought) {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
      packages[`node_modules/${each}`] ?? {};
    const peers = Object.keys(peerDependencies ?? {}).filter(
      (peer) => !peerDependenciesMeta?.[peer]?.optional,
    );
    for (const needed of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      // Packages for other machines are not here.
      if (packages[`node_modules/${needed}`] !== undefined) brought.add(needed);
    }
  }
  await mkdir(to);
  await writeFile(join(to, "package.json"), MANIFEST);
  for (const each of brought) {
    await cp(join(from, "node_modules", each), join(to, "node_modules", each), { recursive: true });
  }
}
