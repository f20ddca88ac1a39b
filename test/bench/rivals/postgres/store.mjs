import { randomUUID } from "node:crypto";
import pg from "pg";

const TABLES = `
  CREATE TABLE IF NOT EXISTS users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, uuid text NOT NULL UNIQUE, email text NOT NULL UNIQUE,
    username text NOT NULL UNIQUE, hashed_password text NOT NULL, disabled boolean NOT NULL DEFAULT false,
    first_name text, last_name text, phone_number text, created_at text NOT NULL, updated_at text NOT NULL);
  CREATE TABLE IF NOT EXISTS sessions (
    id text PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, jti text NOT NULL, revoked boolean NOT NULL);
  CREATE TABLE IF NOT EXISTS dead_tokens (jti text PRIMARY KEY, ends_at bigint NOT NULL);`;

/** All statements are prepared once per connection. */
const STATEMENTS = {
  session: `SELECT s.jti, u.* FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND NOT s.revoked AND NOT u.disabled`,
  byUuid: "SELECT * FROM users WHERE uuid = $1 AND NOT disabled",
  byName: "SELECT * FROM users WHERE username = $1",
  insert: `INSERT INTO users (uuid, email, username, hashed_password, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $5) RETURNING *`,
  start: "INSERT INTO sessions (id, user_id, jti, revoked) VALUES ($1, $2, $3, false)",
  exchange: "UPDATE sessions SET jti = $3 WHERE id = $1 AND jti = $2 AND NOT revoked",
  bury: "INSERT INTO dead_tokens (jti, ends_at) VALUES ($1, $2)",
};

/**
 * Users and sessions in PostgreSQL. Reads go over a pool of ten connections, or pipelined over one; an exchange
 * is a transaction. @param {string} url @param {{ pipelined: boolean }} options
 */
export async function openStore(url, { pipelined }) {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  await pool.query(TABLES).catch(() => {});
  const reader = pipelined ? new pg.Client({ connectionString: url, pipeline: true }) : pool;
  if (reader instanceof pg.Client) await reader.connect();
  const run = async (
    /** @type {any} */ on,
    /** @type {keyof typeof STATEMENTS} */ name,
    /** @type {unknown[]} */ values,
  ) => on.query({ name, text: STATEMENTS[name], values });
  const first = async (/** @type {keyof typeof STATEMENTS} */ name, /** @type {unknown[]} */ ...values) =>
    (await run(reader, name, values)).rows[0];
  return {
    /** The account of a session whose latest token this is. @param {string} sid @param {string} jti */
    async session(sid, jti) {
      const row = await first("session", sid);
      return row?.jti === jti ? row : undefined;
    },
    byUuid: (/** @type {string} */ uuid) => first("byUuid", uuid),
    byName: (/** @type {string} */ name) => first("byName", name),
    /** @param {{ username: string, email: string, hash: string }} user */
    insert({ username, email, hash }) {
      const now = `${new Date().toISOString().slice(0, 19)}Z`;
      return first("insert", randomUUID(), email, username, hash, now);
    },
    /** @param {{ id: number }} user */
    async start({ id }) {
      const [sid, jti] = [randomUUID(), randomUUID()];
      await run(pool, "start", [sid, id, jti]);
      return { sid, jti };
    },
    /** Of many at once, one wins. @param {string} sid @param {string} jti @param {number} endsAt */
    async exchange(sid, jti, endsAt) {
      const client = await pool.connect();
      const next = randomUUID();
      try {
        await client.query("BEGIN");
        const { rowCount } = await run(client, "exchange", [sid, jti, next]);
        if (rowCount !== 1) {
          await client.query("ROLLBACK");
          return undefined;
        }
        await run(client, "bury", [jti, Math.round(endsAt)]);
        await client.query("COMMIT");
        return next;
      } finally {
        client.release();
      }
    },
  };
}
