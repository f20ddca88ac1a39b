// Bundles the server into dist/, or the folder that is named: one file per program, so that it starts
// quickly. Native parts stay packages.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import server from "./package.json" with { type: "json" };

const here = import.meta.dirname;
const outdir = resolve(process.argv[2] ?? join(here, "dist"));
await rm(outdir, { recursive: true, force: true });
/** Parts of packages that are not used here: they would be read at every start and kept in memory. */
const UNUSED = [
  // Faults are worded here: of zod's fifty languages only the one that it loads by itself is kept.
  { filter: /zod\/v4\/locales\/index\.js$/, contents: 'export { default as en } from "./en.js";' },
  // The character sets of Express's body parsers, none of which is mounted.
  { filter: /iconv-lite\/encodings\/index\.js$/, contents: "module.exports = {};" },
];
const withoutUnused = {
  name: "without-unused",
  setup(build) {
    for (const { filter, contents } of UNUSED) build.onLoad({ filter }, () => ({ contents }));
  },
};
const common = {
  absWorkingDir: here,
  bundle: true,
  platform: "node",
  target: "node22.14",
  format: "esm",
  conditions: ["@latchkey/source"],
  plugins: [withoutUnused],
  // tRPC calls it for every call of a batch. Node's own keeps a finalizer for each signal, which takes two full
  // collections to go, so that a flood of batches would take a gigabyte. Without it tRPC adds listeners
  // instead, which end with the request.
  define: { "AbortSignal.any": "undefined" },
  external: ["better-sqlite3", "argon2", "@node-rs/argon2", "pg-native"],
  // Some packages are CommonJS and call `require` for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  sourcemap: true,
  legalComments: "linked",
  logLevel: "warning",
};
await build({
  ...common,
  entryPoints: { "main-program": "src/main.ts", "cli-program": "src/cli/main.ts" },
  outdir,
  splitting: true,
  // Next to the programs, because files are looked up relative to the module that names them, wherever it
  // ends up.
  chunkNames: "[name]-[hash]",
});
await build({
  ...common,
  entryPoints: ["src/features/credentials/hash-worker.mjs"],
  outfile: join(outdir, "hash-worker.mjs"),
});

// The start files check the Node version and the packages before the program is read, in syntax that an old
// Node understands too.
for (const name of ["main", "cli"]) {
  const contents = `
    import { versionFault } from "@latchkey/config/node-version.mjs";
    import { stopEarly } from "@latchkey/config/early-stop.mjs";
    ${name === "main" ? "stopEarly();" : ""}
    const fault = versionFault(process.versions.node, ${JSON.stringify(server.engines.node)});
    if (fault !== undefined) {
      console.error(fault);
      process.exit(1);
    }
    try {
      await import("./${name}-program.js");
    } catch (error) {
      if (!/^(ERR_DLOPEN_FAILED|(ERR_)?MODULE_NOT_FOUND)$/.test(error.code)) throw error;
      console.error(
        "The installed packages are incomplete, or for another Node or machine. Run \`npm ci\` and \`npm run build\`.",
      );
      process.exit(1);
    }`;
  await build({
    absWorkingDir: here,
    bundle: true,
    platform: "node",
    target: "es2022",
    format: "esm",
    external: ["./*-program.js"],
    stdin: { contents, resolveDir: here },
    outfile: join(outdir, `${name}.js`),
    logLevel: "warning",
  });
}

await copyFile(
  join(here, "src/features/credentials/common-passwords.txt"),
  join(outdir, "common-passwords.txt"),
);

// Only these files: the package itself brings install-time analytics that users must not get.
const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const page = join(here, "docs-page");
await mkdir(join(outdir, "docs"), { recursive: true });
for (const [folder, ...names] of [
  [swagger, "swagger-ui.css", "swagger-ui-bundle.js", "LICENSE"],
  [page, "page.html", "page.css", "start.js"],
]) {
  for (const name of names) await copyFile(join(folder, name), join(outdir, "docs", name));
}
