import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BEGINNING_SECONDS, hashLoad, makeTokens, makeUsers, readLoad } from "./load.mjs";
import { query } from "./postgres.mjs";
import { startServer } from "./systems.mjs";

const server = createRequire(join(import.meta.dirname, "../../apps/server/package.json"));
const SIZES = [1000, 1_000_000];
/** A hash that costs next to nothing, so that it does not hide the cost of the table. */
const CHEAP = { t: 1, m: 512, p: 1 };
/** How many of the users send requests. */
const SEEN = 500;

/**
 * Latchkey with a thousand users in its table, and with a million. @param {import("./stage.mjs").Bench} bench
 */
export async function sizeStage({ systems: [system], options, record, postgres }) {
  if (!options.only.includes("size")) return;
  if (system === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const servers = [];
  try {
    for (const size of SIZES) {
      const database = (await postgres?.newDatabase()) ?? join(folder, `${size}.db`);
      const setup = { workers: 1, argon2: CHEAP, redisUrl: undefined, database, postgres };
      const first = await startServer(system, setup);
      await makeUsers(first, 1);
      await first.stop();
      if (postgres === undefined) fill(database, size);
      else await query(database, filling(size));
      const started = await startServer({ ...system, name: `${size} users` }, setup);
      const names = Array.from({ length: SEEN }, (_, i) => `seen${Math.floor((i * size) / SEEN)}`);
      servers.push({ server: started, names, tokens: await makeTokens(started, names) });
    }
    for (let round = -1; round < options.rounds; round++) {
      for (const workload of /** @type {const} */ (["verify", "login", "register"])) {
        for (const { server: each, names, tokens } of servers) {
          const seconds = options.seconds;
          const before = each.usage();
          const figures =
            workload === "verify"
              ? await readLoad(each, workload, { tokens, seconds })
              : await hashLoad(each, workload, { names, seconds });
          const busySeconds = workload === "verify" ? seconds : seconds + BEGINNING_SECONDS.hash;
          if (round >= 0)
            record(
              { workload: `${workload} by size` },
              { server: each, before, figures, seconds: busySeconds },
            );
        }
      }
    }
  } finally {
    for (const each of servers) await each.server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies the only user until there are `count`. @param {string} path @param {number} count */
function fill(path, count) {
  const Database = server("better-sqlite3");
  const db = new Database(path);
  db.pragma("synchronous = OFF");
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)";
  db.transaction(() => {
    db.prepare(
      `${numbers} INSERT INTO users
         (uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
       SELECT lower(hex(randomblob(16))), 'seen' || i || '@example.com', 'seen' || i || '@example.com',
         'seen' || i, 'seen' || i, (SELECT hashed_password FROM users WHERE id = 1), 1700000000000, 1700000000000
       FROM n`,
    ).run(count);
    db.exec(
      "INSERT INTO user_info (user_id) SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM user_info)",
    );
  })();
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

/** The same in PostgreSQL. @param {number} count */
const filling = (count) => `
  SET synchronous_commit = off;
  INSERT INTO users (uuid, email, email_key, username, username_key, hashed_password, created_at, updated_at)
    SELECT gen_random_uuid()::text, name || '@example.com', name || '@example.com', name, name,
      (SELECT hashed_password FROM users ORDER BY id LIMIT 1), 1700000000000, 1700000000000
    FROM (SELECT 'seen' || i AS name FROM generate_series(0, ${count - 1}) AS i) AS names;
  INSERT INTO user_info (user_id) SELECT id FROM users u WHERE NOT EXISTS (SELECT FROM user_info WHERE user_id = u.id);
  ANALYZE users; ANALYZE user_info;`;
