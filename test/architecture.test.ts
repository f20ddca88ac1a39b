import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

interface Rule {
  /** The first row that matches a file is its rule. */
  readonly files: RegExp;
  /** Files it may import, as patterns over paths without extension; `{dir}` is the file's own folder. */
  readonly may: readonly string[];
  readonly npm?: readonly string[];
  /** It runs in browsers: nothing of Node's. */
  readonly browser?: true;
}

const SERVER = "apps/server/src";
const KIT = "packages/contracts/src/kit/.*";
const CONTRACTS = "packages/contracts/src/.*";
const ERROR = `${SERVER}/(error|cause)`;
const HOST = `${SERVER}/host`;
const SETTING = `${SERVER}/settings/setting`;
const SERVICES = `${SERVER}/features/[^/]+/service`;
/** What is committed with somebody else's change. */
const CHANGE = `${SERVER}/database/change`;
const TABLES = `${SERVER}/features/[^/]+/tables\\.sqlite`;
/** The outside world, but no drivers: a clock, ids by its time, the event loop's looks at sockets, a log, counters. */
const WORLD = `${SERVER}/world/(clock|id|log|loop-turn|metrics)`;

/** Who may import whom. Arrows point inward to contracts and downward to stores. */
const RULES: readonly Rule[] = [
  { files: /^packages\/contracts\/src\//, may: [CONTRACTS], npm: ["zod"], browser: true },
  { files: /^packages\/client\/generate\//, may: ["packages/client/.*", CONTRACTS], npm: ["zod"] },
  {
    files: /^packages\/client\/src\/react\.ts$/,
    may: ["packages/client/.*"],
    npm: ["react"],
    browser: true,
  },
  {
    files: /^packages\/client\/src\//,
    may: ["packages/client/.*"],
    npm: ["@trpc/client", "@trpc/server"],
    browser: true,
  },
  // What a user of the client writes: it knows no more of Latchkey than they do.
  {
    files: /^apps\/example-react\/src\//,
    may: ["{dir}/[^/]+", "packages/client/src/(index|query|react)"],
    npm: ["react", "react-dom", "@tanstack/react-query"],
    browser: true,
  },
  // Runs wherever there is a fetch. How a request presents its token is one rule for it and the server.
  { files: /^packages\/guard\/src\/credentials\.ts$/, may: [], browser: true },
  {
    files: /^packages\/guard\/src\/(keys|token)\.ts$/,
    may: ["packages/guard/src/.*"],
    npm: ["jose"],
    browser: true,
  },
  {
    files: /^packages\/guard\/src\/trpc\.ts$/,
    may: ["packages/guard/src/.*"],
    npm: ["@trpc/server"],
    browser: true,
  },
  { files: /^packages\/guard\/src\//, may: ["packages/guard/src/.*"], browser: true },
  { files: /^packages\/bridge\/src\//, may: ["packages/bridge/.*", KIT], npm: ["zod"] },

  { files: /\/features\/[^/]+\/store\.ts$/, may: [CHANGE] },
  {
    files: /\/features\/[^/]+\/store\.sqlite\.ts$/,
    may: ["{dir}/(store|rules)", `${SERVER}/database/sqlite/(placeholders|row-cache|sqlite)`, CHANGE, TABLES],
    npm: ["drizzle-orm"],
  },
  // A foreign key names the table it points to.
  { files: /\/features\/[^/]+\/tables\.sqlite\.ts$/, may: ["{dir}/store", TABLES], npm: ["drizzle-orm"] },
  { files: /\/features\/[^/]+\/[^/]+\.redis\.ts$/, may: ["{dir}/[^/]+", WORLD], npm: ["ioredis"] },
  {
    files: /\/features\/credentials\/(hasher\.ts|argon2-engine\.mjs)$/,
    may: ["{dir}/argon2-engine"],
    npm: ["@node-rs/argon2", "argon2"],
  },
  {
    files: /\/features\/credentials\/legacy-engine\.mjs$/,
    may: ["{dir}/hash-formats"],
    npm: ["bcryptjs"],
  },
  {
    files: /\/features\/(tokens|signing-keys)\/service\.ts$/,
    may: ["{dir}/store", SERVICES, WORLD],
    npm: ["jose"],
  },
  {
    files: /\/features\/outbox\/transport\.ts$/,
    may: ["{dir}/[^/]+", `${SERVER}/features/mail/render`],
    npm: ["nodemailer"],
  },
  // Letters and the outbox are being taken apart.
  {
    files: /\/features\/(mail|outbox)\/(?!store)/,
    may: [
      "{dir}/[^/]+",
      `${SERVER}/features/(mail|outbox)/.*`,
      SERVICES,
      CONTRACTS,
      HOST,
      SETTING,
      ERROR,
      WORLD,
    ],
  },
  {
    files: /\/src\/surfaces\/.*\.ts$/,
    may: [CONTRACTS, `${SERVER}/rpc/implement`, ERROR, SERVICES, CHANGE],
  },
  // Opens the feature: the one file of it that knows which engine serves.
  {
    files: /\/features\/[^/]+\/index\.ts$/,
    may: ["{dir}/[^/]+", HOST, SETTING, SERVICES, `${SERVER}/database/database`],
  },
  { files: /\/src\/wiring\//, may: [`${SERVER}/.*`] },
  { files: /\/features\/[^/]+\/settings\.ts$/, may: ["{dir}/(?!store)[^/]+", SETTING] },
  // Services and the rules that they are made of: neither HTTP nor SQL.
  {
    files: /\/features\/[^/]+\/[^/.]+\.(ts|mjs)$/,
    may: ["{dir}/(?!store\\.)[^/]+", SERVICES, CONTRACTS, ERROR, CHANGE, WORLD],
  },

  {
    files: /\/src\/rpc\//,
    may: [`${SERVER}/rpc/.*`, KIT, ERROR, CHANGE, `${SERVER}/world/(log|metrics)`],
    npm: ["@trpc/server", "zod"],
  },
  {
    files: /\/src\/http\//,
    may: [
      `${SERVER}/http/.*`,
      `${SERVER}/rpc/.*`,
      "packages/bridge/.*",
      "packages/guard/src/credentials",
      KIT,
      ERROR,
      SETTING,
      WORLD,
    ],
    npm: ["express", "@trpc/server"],
  },
  {
    files: /\/src\/world\//,
    may: [`${SERVER}/world/.*`],
    npm: ["ioredis", "pino", "prom-client"],
  },
  // The two places that know which engines there are: one makes stores, one reads DATABASE_URL.
  { files: /\/src\/database\/database\.ts$/, may: ["{dir}/availability", "{dir}/sqlite/sqlite"] },
  { files: /\/src\/database\/engines\.ts$/, may: ["{dir}/engine", "{dir}/sqlite/engine"] },
  { files: /\/src\/database\/[^/]+\.ts$/, may: ["{dir}/(copies|database)"] },
  {
    files: /\/src\/database\/sqlite\//,
    may: [
      "{dir}/[^/]+",
      `${SERVER}/database/(availability|change|copies|database|engine)`,
      `${SERVER}/world/loop-turn`,
    ],
    npm: ["better-sqlite3", "drizzle-orm"],
  },
  {
    files: /\/src\/cli\//,
    may: [`${SERVER}/(?!features/[^/]+/store).*`, "apps/server/package\\.json", CONTRACTS],
    npm: ["commander", "csv-parse", "zod", "better-sqlite3"],
  },
  { files: /\/src\/settings\//, may: [`${SERVER}/settings/.*`] },
  { files: /\/src\/(error|cause)\.ts$/, may: [KIT, `${SERVER}/database/availability`] },
  { files: /\/src\/host\.ts$/, may: [`${SERVER}/(world|database)/.*`, SETTING], npm: ["ioredis"] },
  {
    files: /\/src\/app\.ts$/,
    may: [`${SERVER}/.*`, "packages/bridge/.*", "packages/contracts/openapi.*", KIT],
  },
  {
    files: /\/src\/(main|process\/.*)\.ts$/,
    may: [
      `${SERVER}/[^/]+`,
      `${SERVER}/(process|settings|wiring)/[^/]+`,
      `${SERVER}/http/(settings|mounts/health)`,
      `${SERVER}/world/(log|metrics)`,
    ],
  },
];

/** Lines a source file may have; generated ones are not read by people. */
const MAX_LINES = 300;
const SMALL_LINES = 200;

const root = join(import.meta.dirname, "..");
const sources = ["apps", "packages"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  )
  .filter(
    (file) => /^[^/]+\/[^/]+\/(src|generate)\/.*\.(ts|tsx|mjs)$/.test(file) && !/\.generated\./.test(file),
  )
  .filter((file) => !/^apps\/[^/]+\/generate\//.test(file) && !file.includes("node_modules"))
  .sort();

const IMPORT = /(?:\bfrom\s+|(?<![".])\bimport\s*\(?\s*)"([^"\s]+)"/g;
const PACKAGES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^@latchkey\/contracts\/openapi\.json$/, "packages/contracts/openapi.generated"],
  [/^@latchkey\/contracts\/(.*)$/, "packages/contracts/src/$1"],
  [/^@latchkey\/guard\/(.*)$/, "packages/guard/src/$1"],
  [/^@latchkey\/(bridge|client)$/, "packages/$1/src/index"],
  [/^@latchkey\/client\/(.*)$/, "packages/client/src/$1"],
];

type Target = { readonly node: true } | { readonly npm: string } | { readonly path: string };

function target(file: string, specifier: string): Target {
  if (specifier.startsWith("node:")) return { node: true };
  if (specifier.startsWith(".")) return { path: withoutExtension(normalize(join(dirname(file), specifier))) };
  const own = PACKAGES.find(([pattern]) => pattern.test(specifier));
  if (own !== undefined) return { path: specifier.replace(...own) };
  return {
    npm: specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/"),
  };
}

const withoutExtension = (path: string) => path.replace(/\.(js|ts|tsx|mjs)$/, "");

function isAllowed(file: string, rule: Rule, to: Target): boolean {
  if ("node" in to) return rule.browser === undefined;
  if ("npm" in to) return rule.npm?.includes(to.npm) ?? false;
  return rule.may.some((pattern) => new RegExp(`^${pattern.replace("{dir}", dirname(file))}$`).test(to.path));
}

const importsOf = (file: string) =>
  [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)].map(([, specifier = ""]) => specifier);

describe("architecture", () => {
  it.each(sources)("%s imports only what its row of the table allows", (file) => {
    const rule = RULES.find((each) => each.files.test(file));
    expect(rule, `no row covers ${file}`).toBeDefined();
    const refused = importsOf(file).filter(
      (specifier) => rule && !isAllowed(file, rule, target(file, specifier)),
    );
    expect(refused).toEqual([]);
  });

  it("has no import cycles", () => {
    const graph = new Map(
      sources.map((file) => [withoutExtension(file), importsOf(file).map((to) => target(file, to))]),
    );
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]) => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
        return;
      }
      state.set(file, "open");
      for (const to of graph.get(file) ?? [])
        if ("path" in to && graph.has(to.path)) visit(to.path, [...trail, file]);
      state.set(file, "done");
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("keeps source files small", () => {
    const lines = (file: string) => readFileSync(join(root, file), "utf8").split("\n").length;
    const long = sources.filter((file) => lines(file) > SMALL_LINES);
    expect(sources.filter((file) => lines(file) > MAX_LINES)).toEqual([]);
    expect(long.length / sources.length, `over ${SMALL_LINES} lines: ${long.join(", ")}`).toBeLessThan(0.1);
  });

  it("reads the environment in one place", () => {
    const readers = sources.filter((file) => /process\.env\b/.test(readFileSync(join(root, file), "utf8")));
    expect(readers.filter((file) => !/^apps\/server\/src\/(cli\/)?main\.ts$/.test(file))).toEqual([]);
  });
});
