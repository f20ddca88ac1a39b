import { parseArgs } from "node:util";

const HELP = `npm run bench -- [options]

  --engine postgres  Latchkey on PostgreSQL and on SQLite, against rivals that keep users and sessions in PostgreSQL
  --quick            about four minutes, without a long warm-up: SQLite, one process, fewer rounds, no register and size
  --targets          only what the closing table of targets compares: about twenty minutes
  --only a,b         workloads: verify, me, refresh, login, factor, register, storm, start, size; on PostgreSQL also
                     one-connection and nodes
  --against a,b      rivals: express, fastify, better-auth, fastapi; on PostgreSQL: fastify-pg, fastify-pg-pipelined,
                     fastify-redis-pg, express-pg, node-http
  --backends a,b     sqlite, redis
  --processes 1,2    how many processes each server gets
  --rounds N         how often each server is measured
  --also NAME=FILE   another build of Latchkey to compare with: the path of its main.js
  --forgetful-redis  the rivals' Redis uses its defaults and stores nothing on disk: a restart loses its revocations
  --json FILE        also write all measurements
`;

const QUICK = ["verify", "me", "refresh", "login", "storm", "start"];
const WORKLOADS = ["verify", "me", "refresh", "login", "factor", "register", "storm", "start", "size"];
const ON_POSTGRES = ["one-connection", "nodes"];

/**
 * @typedef {{
 *   engine: "sqlite" | "postgres", quick: boolean, targets: boolean, only: string[], against: string[],
 *   backends: Array<"sqlite" | "redis" | "postgres">, processes: number[],
 *   rounds: number, seconds: number, hashSeconds: number, also: string[], forgetfulRedis: boolean, json: string | undefined,
 * }} Options
 */

/** @param {string[]} args @param {{ sqlite: string[], postgres: string[] }} rivals @returns {Options} */
export function readOptions(args, rivals) {
  const text = /** @type {const} */ ({ type: "string" });
  const { values } = parseArgs({
    args,
    options: {
      targets: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      "forgetful-redis": { type: "boolean", default: false },
      engine: { type: "string", default: "sqlite" },
      help: { type: "boolean", default: false },
      only: text,
      against: text,
      backends: text,
      processes: text,
      rounds: text,
      json: text,
      also: { type: "string", multiple: true, default: [] },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const { quick } = values;
  const [engine = "sqlite"] = /** @type {Array<"sqlite" | "postgres">} */ (
    list(values.engine, ["sqlite", "postgres"])
  );
  const more = engine === "postgres" ? ON_POSTGRES : [];
  const backends = engine === "postgres" ? ["postgres"] : ["sqlite", "redis"];
  return {
    engine,
    quick,
    targets: values.targets,
    only: list(values.only, [...WORKLOADS, ...more], quick ? [...QUICK, ...more] : undefined),
    against: list(values.against, rivals[engine]),
    backends: /** @type {Options["backends"]} */ (
      list(values.backends, backends, quick ? backends.slice(0, 1) : undefined)
    ),
    processes: list(values.processes, ["1", "2"], quick ? ["1"] : undefined).map(Number),
    rounds: Number(values.rounds ?? (quick ? 1 : 3)),
    seconds: 1,
    hashSeconds: quick ? 2 : 3,
    also: values.also,
    forgetfulRedis: values["forgetful-redis"],
    json: values.json,
  };
}

/** @param {string | undefined} text @param {readonly string[]} known @param {readonly string[]} fallback */
function list(text, known, fallback = known) {
  const chosen = text?.split(",").filter(Boolean) ?? [...fallback];
  const unknown = chosen.filter((each) => !known.includes(each));
  if (unknown.length === 0) return chosen;
  process.stderr.write(`Unknown: ${unknown.join(", ")}. Known: ${known.join(", ")}.\n\n${HELP}`);
  return process.exit(64);
}
