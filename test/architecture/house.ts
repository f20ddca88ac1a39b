/**
 * What a file may import: a name for people, and paths without extension; `{dir}` is the file's own folder.
 */
export interface Target {
  readonly name: string;
  readonly paths: string;
}

/** Files that follow the same rule. The first row that matches a file is its row. */
export interface Row {
  /** Its name in the table of the documents. */
  readonly name: string;
  readonly files: RegExp;
  readonly may: readonly Target[];
  /** Also the services of features on its own floor or below it. */
  readonly floors?: true;
  readonly npm?: readonly string[];
  /** It runs in browsers: it uses nothing of Node's. */
  readonly browser?: true;
  /** At run time it imports nothing but contracts and comparisons of times. */
  readonly pure?: true;
}

/**
 * The floors of the server's features, from the ground up: each feature may use those on its own floor and
 * below. There are no cycles within a floor either.
 */
export const FLOORS: ReadonlyArray<readonly string[]> = [
  ["known-places", "limits", "signing-keys", "audit", "outbox"],
  ["mail", "events"],
  ["accounts", "credentials", "mailed-links"],
  ["tokens", "sessions", "revocation-feed"],
  ["factors", "ownership"],
  ["sign-in", "registration", "recovery", "verification", "email-change"],
  ["own-account", "user-administration", "transfers", "invitations"],
];

const SERVER = "apps/server/src";
const target = (name: string, ...paths: readonly string[]): Target => ({ name, paths: paths.join("|") });

const OWN_FOLDER = target("its folder", "{dir}/[^/]+");
const OWN_RULES = target("its folder but for stores of an engine", "{dir}/(?!(store|tables)\\.)[^/]+");
const USER = target("what is kept of a user", "{dir}/user");
const KIT = target("`contracts/src/kit`", "packages/contracts/src/kit/.*");
const CONTRACTS = target("contracts", "packages/contracts/src/.*");
/**
 * Terms of the whole server: errors for callers, the cause of a change, what is committed together, what is
 * mounted, in which order others wait.
 */
const ERROR = target("`error`", `${SERVER}/error`);
const CAUSE = target("`cause`", `${SERVER}/cause`);
const TOKEN = target("`session-token`", `${SERVER}/session-token`);
const MOUNT = target("`mount`", `${SERVER}/mount`);
const LINE = target("`line`", `${SERVER}/line`);
const CHANGE = target("`database/change`", `${SERVER}/database/change`);
const DATABASE = target("`database/*`, whatever the engine", `${SERVER}/database/[^/]+`);
const SQLITE = target("`database/sqlite`", `${SERVER}/database/sqlite/[^/]+`);
const POSTGRES = target("`database/postgres`", `${SERVER}/database/postgres/[^/]+`);
const HOST = target("`host`", `${SERVER}/host`);
const TIMES = target(
  "`world`: comparisons, sizes, what need not be awaited",
  `${SERVER}/world/(awaitable|json-size|times)`,
);
const SETTING = target("`settings/setting`", `${SERVER}/settings/setting`);
const SETTINGS = target("`settings`", `${SERVER}/settings/.*`);
/**
 * The outside world without drivers: a clock, ids based on its time, turns of the event loop, a log, metrics, seals.
 */
const WORLD = target(
  "`world`, but no driver",
  `${SERVER}/world/(awaitable|clock|deadline|id|json-size|log|loop-turn|loopback|metrics|seal|times|uptime)`,
);
const ALL_OF_WORLD = target("`world`", `${SERVER}/world/.*`);
const SERVICES = target("services of features", `${SERVER}/features/.+/service`);
const RPC = target("`rpc`", `${SERVER}/rpc/.*`);
const HTTP = target("`http`", `${SERVER}/http/.*`);
const BRIDGE = target("bridge", "packages/bridge/.*");
const CLIENT = target("client", "packages/client/.*");
const GUARD = target("guard", "packages/guard/src/.*");
const CREDENTIALS = target("`guard/src/credentials`", "packages/guard/src/credentials");

/** The files of one engine in a feature. */
function engineRows(engine: string, database: Target): readonly Row[] {
  const tables = target("tables that its own point to", `${SERVER}/features/.+/tables\\.${engine}`);
  return [
    {
      name: `\`features/*/tables.${engine}.ts\``,
      files: new RegExp(`/features/.+/tables\\.${engine}\\.ts$`),
      // A foreign key names the table it points to.
      may: [
        tables,
        USER,
        target("types of its interface", "{dir}/store"),
        target("columns of its engine", `${SERVER}/database/[^/]+/tables\\.${engine}`),
      ],
      npm: ["drizzle-orm"],
    },
    {
      name: `\`features/*/*.${engine}.ts\`: an engine`,
      files: new RegExp(`/features/.+/[^/]+\\.${engine}\\.ts$`),
      may: [
        target("its interface, rules and tables", `{dir}/(store|rules|tables\\.${engine})`),
        TIMES,
        USER,
        target("how users are inserted", `${SERVER}/features/accounts/insertion\\.${engine}`),
        target("what else is of its engine there", `{dir}/[^/]+\\.${engine}`),
        tables,
        database,
        CHANGE,
      ],
      npm: ["drizzle-orm"],
    },
  ];
}

/** Which files may import which. Arrows point inward to contracts and downward to stores. */
export const ROWS: readonly Row[] = [
  {
    name: "`contracts/src`",
    files: /^packages\/contracts\/src\//,
    may: [CONTRACTS],
    npm: ["zod"],
    browser: true,
  },
  {
    name: "`client/generate`",
    files: /^packages\/client\/generate\//,
    may: [CLIENT, CONTRACTS],
    npm: ["zod"],
  },
  {
    name: "`client/src/react.ts`",
    files: /^packages\/client\/src\/react\.ts$/,
    may: [CLIENT],
    npm: ["react"],
    browser: true,
  },
  {
    name: "`client/src`",
    files: /^packages\/client\/src\//,
    may: [CLIENT],
    npm: ["@trpc/client", "@trpc/server"],
    browser: true,
  },
  {
    // Written as a user of the client would write it: it knows no more of Latchkey than they do.
    name: "`example-react/src`",
    files: /^apps\/example-react\/src\//,
    may: [OWN_FOLDER, target("the client's entries", "packages/client/src/(index|passkeys|query|react)")],
    npm: ["react", "react-dom", "@tanstack/react-query"],
    browser: true,
  },
  {
    // The same in Next.js, which is not among the workspaces.
    name: "`example-next/src`",
    files: /^apps\/example-next\/src\//,
    may: [
      target("its own files", "apps/example-next/src/.*"),
      target("the client's entries", "packages/client/src/(index|query|react|server)"),
    ],
    npm: ["next", "react"],
    browser: true,
  },
  {
    // Runs anywhere with a fetch. How a request presents its token is one rule for this package and the
    // server.
    name: "`guard/src/credentials.ts`",
    files: /^packages\/guard\/src\/credentials\.ts$/,
    may: [],
    browser: true,
  },
  {
    name: "`guard/src/{keys,token}.ts`",
    files: /^packages\/guard\/src\/(keys|token)\.ts$/,
    may: [GUARD],
    npm: ["jose"],
    browser: true,
  },
  {
    name: "`guard/src/trpc.ts`",
    files: /^packages\/guard\/src\/trpc\.ts$/,
    may: [GUARD],
    npm: ["@trpc/server"],
    browser: true,
  },
  { name: "`guard/src`", files: /^packages\/guard\/src\//, may: [GUARD], browser: true },
  { name: "`bridge/src`", files: /^packages\/bridge\/src\//, may: [BRIDGE, KIT], npm: ["zod"] },

  {
    // An enrolling principal carries what is committed with its factor.
    name: "`surfaces/principal.ts`",
    files: /\/src\/surfaces\/principal\.ts$/,
    may: [RPC, SERVICES, CHANGE],
  },
  {
    name: "`surfaces`: the doors",
    files: /\/src\/surfaces\//,
    may: [
      CONTRACTS,
      RPC,
      SERVICES,
      ERROR,
      target("`surfaces/*`, and how sign-ins answer", `${SERVER}/surfaces/([^/]+|v1/sign-in)`),
      target("its folder", "{dir}/outputs"),
    ],
  },
  {
    name: "`features/*/store.ts`: what must be kept",
    files: /\/features\/.+\/store\.ts$/,
    may: [CHANGE, USER, TIMES, target("its rules", "{dir}/rules")],
    // A user's fields, some of which other features store.
    floors: true,
  },
  {
    name: "`features/*/rules.ts`: decisions",
    files: /\/features\/.+\/rules\.ts$/,
    may: [OWN_RULES, CONTRACTS, TIMES],
    floors: true,
    pure: true,
  },
  ...engineRows("sqlite", SQLITE),
  ...engineRows("postgres", POSTGRES),
  {
    name: "`features/*/*.redis.ts`",
    files: /\/features\/[^/]+\/[^/]+\.redis\.ts$/,
    may: [OWN_FOLDER, WORLD],
    npm: ["ioredis"],
  },
  {
    name: "`credentials/{hasher,argon2-engine}`",
    files: /\/features\/credentials\/(hasher\.ts|argon2-engine\.mjs)$/,
    may: [target("each other", "{dir}/argon2-engine"), ERROR],
    npm: ["@node-rs/argon2", "argon2"],
  },
  {
    name: "`credentials/legacy-engine.mjs`",
    files: /\/features\/credentials\/legacy-engine\.mjs$/,
    may: [target("`hash-formats`", "{dir}/hash-formats")],
    npm: ["bcryptjs"],
  },
  {
    name: "`tokens/service.ts`, `signing-keys/service.ts`",
    files: /\/features\/(tokens|signing-keys)\/service\.ts$/,
    may: [OWN_RULES, target("its store", "{dir}/store"), WORLD],
    floors: true,
    npm: ["jose"],
  },
  {
    name: "`outbox/transport.ts`",
    files: /\/features\/outbox\/transport\.ts$/,
    may: [OWN_RULES],
    npm: ["nodemailer"],
  },
  {
    name: "`factors/totp/qr-code.ts`",
    files: /\/features\/factors\/totp\/qr-code\.ts$/,
    may: [],
    npm: ["qr"],
  },
  {
    // Opens the feature: its only file that knows which engine is used.
    name: "`features/*/index.ts`",
    files: /\/features\/.+\/index\.ts$/,
    may: [OWN_FOLDER, HOST, DATABASE, SETTING, MOUNT],
    floors: true,
  },
  {
    name: "`features/*/settings.ts`",
    files: /\/features\/.+\/settings\.ts$/,
    may: [OWN_RULES, SETTING],
    floors: true,
  },
  {
    // Neither HTTP nor SQL.
    name: "services, and what they are made of",
    files: /\/features\/.+\/[^/.]+\.(ts|mjs)$/,
    may: [OWN_RULES, CONTRACTS, ERROR, CAUSE, TOKEN, MOUNT, LINE, CHANGE, WORLD],
    floors: true,
  },

  {
    name: "`rpc`",
    files: /\/src\/rpc\//,
    may: [
      RPC,
      KIT,
      ERROR,
      CAUSE,
      CHANGE,
      TOKEN,
      target("log, counters and sizes", `${SERVER}/world/(json-size|log|metrics)`),
    ],
    npm: ["@trpc/server", "zod"],
  },
  {
    name: "`http`",
    files: /\/src\/http\//,
    may: [
      HTTP,
      RPC,
      BRIDGE,
      CREDENTIALS,
      KIT,
      target("the OpenAPI document", "packages/contracts/openapi.*"),
      ERROR,
      MOUNT,
      LINE,
      SETTING,
      WORLD,
    ],
    npm: ["express", "@trpc/server"],
  },
  {
    name: "`world`",
    files: /\/src\/world\//,
    may: [ALL_OF_WORLD],
    npm: ["ioredis", "pino", "prom-client"],
  },
  { name: "`database/*.ts`", files: /\/src\/database\/[^/]+\.ts$/, may: [DATABASE, SQLITE, POSTGRES, WORLD] },
  {
    name: "`database/sqlite`",
    files: /\/src\/database\/sqlite\//,
    may: [SQLITE, DATABASE, SETTING, target("turns of the event loop", `${SERVER}/world/loop-turn`)],
    npm: ["better-sqlite3", "drizzle-orm"],
  },
  {
    name: "`database/postgres`",
    files: /\/src\/database\/postgres\//,
    may: [POSTGRES, DATABASE, SETTING, WORLD],
    npm: ["pg", "drizzle-orm"],
  },
  {
    name: "`database/move`: from one engine to the other",
    files: /\/src\/database\/move\//,
    may: [OWN_FOLDER, SQLITE, POSTGRES, DATABASE],
    npm: ["better-sqlite3", "drizzle-orm", "pg"],
  },
  {
    name: "`cli`",
    files: /\/src\/cli\//,
    may: [
      target("the server, but for stores", `${SERVER}/(?!features/[^/]+/(store|tables)).*`),
      target("its version", "apps/server/package\\.json"),
      CONTRACTS,
    ],
    npm: ["commander", "csv-parse", "zod", "better-sqlite3"],
  },
  { name: "`settings`", files: /\/src\/settings\//, may: [SETTINGS] },
  {
    name: "`wiring`: THE list",
    files: /\/src\/wiring\//,
    may: [
      target("the server", `${SERVER}/.*`),
      CONTRACTS,
      BRIDGE,
      target("the OpenAPI document", "packages/contracts/openapi.*"),
    ],
  },
  {
    name: "`process`, `main.ts`",
    files: /\/src\/(main\.ts|process\/.*)$/,
    may: [
      target("what starts the server", `${SERVER}/[^/]+`, `${SERVER}/(process|settings|wiring)/[^/]+`),
      target("`http/edge/bounds`", `${SERVER}/http/edge/bounds`),
      target("health", `${SERVER}/http/(settings|mounts/health)`),
      target("what engines say of their failures", `${SERVER}/database/engines`),
      target("log, output and counters", `${SERVER}/world/(line-writer|log|loopback|metrics|outlet)`),
    ],
  },
  {
    name: "`host.ts`",
    files: /\/src\/host\.ts$/,
    may: [
      ALL_OF_WORLD,
      DATABASE,
      SQLITE,
      POSTGRES,
      target("how a database is opened", `${SERVER}/database/move/open`),
      SETTING,
    ],
    npm: ["ioredis"],
  },
  {
    name: "`app.ts`",
    files: /\/src\/app\.ts$/,
    may: [target("the server", `${SERVER}/.*`), BRIDGE, KIT],
  },
  {
    name: "`error.ts`, `cause.ts`, `mount.ts`, `line.ts`, `session-token.ts`",
    files: /\/src\/(error|cause|mount|line|session-token)\.ts$/,
    may: [KIT, CHANGE, target("`database/availability`", `${SERVER}/database/availability`)],
  },
];
