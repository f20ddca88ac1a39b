import { columnList, type Statement } from "../../database/postgres/statement.js";
import { sessions } from "./tables.postgres.js";

const COLUMNS = columnList(sessions);
/** What is reported of a session that has ended. */
const ENDED = columnList(sessions, { only: ["id", "tokenEndsAtMs", "userAgent"] }).replace(
  '"tokenEndsAtMs"',
  '"endsAtMs"',
);

/*
 * No transaction waits for a lock in a circle:
 * - What ends or begins sessions locks their owner's row first. It is then alone with the account until it
 *   commits, and may write about it in any order.
 * - What changes sessions of many accounts in one statement takes those that are free. For each of the others it
 *   waits alone, holding nothing.
 */

/** What is given, of sessions that no other transaction has locked; or of all, which may have to wait. */
const locked = (waiting: "SKIP LOCKED" | "") => `locked AS (
      SELECT given.* FROM given JOIN sessions ON sessions.id = given.id FOR NO KEY UPDATE OF sessions ${waiting}
    )`;

/** Sees each session `$1` at `$2`; times after `$3` are from the future. Returns those that were not locked. */
function seeing(name: string, waiting: "SKIP LOCKED" | ""): Statement {
  const text = `
    WITH given AS (
      SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS given (id, at, latest)
    ), ${locked(waiting)}, seen AS (
      UPDATE sessions SET
          last_seen_at = at,
          confirmed_at = CASE WHEN confirmed_at > latest THEN 0 ELSE confirmed_at END,
          factor_at = CASE WHEN factor_at <= latest THEN factor_at END
        FROM locked
        WHERE sessions.id = locked.id AND (last_seen_at < at OR last_seen_at > latest)
    )
    SELECT id FROM locked`;
  return { name, text };
}

/**
 * The exchange of `rules.ts`: each succeeds if it finds its session with its token. Of several with one token
 * the session is joined with one. Returns the sessions that were not locked, and their new tokens if an exchange
 * has succeeded.
 */
function exchanging(name: string, waiting: "SKIP LOCKED" | ""): Statement {
  const text = `
    WITH given AS (
      SELECT * FROM unnest(
          $1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
          $8::text[], $9::text[]
        ) AS given (id, from_id, from_ends_at, to_id, to_ends_at, at, latest, key_hash, sealed)
    ), ${locked(waiting)}, exchanged AS (
      UPDATE sessions SET
          token_id = to_id,
          token_ends_at = to_ends_at,
          last_seen_at = CASE WHEN last_seen_at BETWEEN at AND latest THEN last_seen_at ELSE at END,
          keyed = keyed OR key_hash IS NOT NULL
        FROM locked
        WHERE sessions.id = locked.id AND token_id = from_id AND revoked_at IS NULL
        RETURNING locked.*
    ), remembered AS (
      INSERT INTO revocations (id, revoked_at, ends_at, key_hash, sealed_successor)
        SELECT from_id, at, from_ends_at, key_hash, sealed FROM exchanged ON CONFLICT DO NOTHING
    )
    SELECT locked.id AS "sessionId", exchanged.to_id AS "toTokenId"
      FROM locked LEFT JOIN exchanged ON exchanged.id = locked.id`;
  return { name, text };
}

/** The statements about sessions that run often. */
export const STATEMENTS = {
  byIds: { name: "sessions_by_ids", text: `SELECT ${COLUMNS} FROM sessions WHERE id = ANY($1::text[])` },
  ofUser: {
    name: "sessions_of_user",
    text: `SELECT ${COLUMNS} FROM sessions WHERE user_id = $1 ORDER BY last_seen_at DESC, id`,
  },

  /** The owner `$1`; with `$2` unless their epoch is later than that, with `$3` if that is their factors' generation. */
  lockOwner: {
    name: "sessions_lock_owner",
    text: `SELECT id FROM users WHERE id = $1 AND session_epoch <= coalesce($2, session_epoch)
      AND factor_generation = coalesce($3, factor_generation) FOR NO KEY UPDATE`,
  },
  insert: {
    name: "sessions_insert",
    text: `INSERT INTO sessions (id, user_id, epoch, token_id, token_ends_at, created_at, last_seen_at,
        confirmed_at, user_agent, address, expires_at, methods, factor_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
  },
  /**
   * Deletes the sessions of `$1` beyond `$2`, and the contested ones with the user agent `$5`; `rules.ts` says
   * which ones first.
   */
  prune: {
    name: "sessions_prune",
    text: `
      WITH too_many AS (
        SELECT id FROM sessions WHERE user_id = $1
          ORDER BY revoked_at IS NULL AND created_at <= $3, last_seen_at, id
          LIMIT greatest(0, (SELECT count(*) FROM sessions WHERE user_id = $1) - $2)
      ), pruned AS (
        DELETE FROM sessions
          WHERE id IN (SELECT id FROM too_many) OR (user_id = $1 AND contested AND user_agent IS NOT DISTINCT FROM $5)
          RETURNING id, token_ends_at, user_agent, revoked_at
      ), remembered AS (
        INSERT INTO revocations (id, revoked_at, ends_at)
          SELECT id, $4, token_ends_at FROM pruned WHERE revoked_at IS NULL ON CONFLICT DO NOTHING
      )
      SELECT ${ENDED} FROM pruned WHERE revoked_at IS NULL`,
  },

  /** `$4` and `$5`, if given, are its live token and its owner. */
  revoke: {
    name: "sessions_revoke",
    text: `
      WITH owner AS (
        SELECT u.id FROM users u JOIN sessions s ON s.user_id = u.id WHERE s.id = $1 FOR NO KEY UPDATE OF u
      ), revoked AS (
        UPDATE sessions SET revoked_at = $2, stolen = $3 FROM owner
          WHERE sessions.id = $1 AND revoked_at IS NULL
            AND token_id = coalesce($4, token_id) AND user_id = coalesce($5, user_id)
          RETURNING sessions.id, token_ends_at, user_agent
      ), remembered AS (
        INSERT INTO revocations (id, revoked_at, ends_at)
          SELECT id, $2, token_ends_at FROM revoked ON CONFLICT DO NOTHING
      )
      SELECT ${ENDED} FROM revoked`,
  },
  /** Of user `$1`, except session `$3`; with `$4` those of earlier epochs, and `$3` is carried over into it. */
  revokeAll: {
    name: "sessions_revoke_all",
    text: `
      WITH changed AS (
        UPDATE sessions SET
            epoch = CASE WHEN id = $3 THEN $4 ELSE epoch END,
            revoked_at = CASE WHEN id = $3 THEN revoked_at ELSE $2 END
          WHERE user_id = $1 AND CASE WHEN id = $3 THEN $4::integer IS NOT NULL
            ELSE revoked_at IS NULL AND ($4 IS NULL OR epoch < $4) END
          RETURNING id, token_ends_at, user_agent
      ), revoked AS (
        SELECT * FROM changed WHERE id IS DISTINCT FROM $3
      ), remembered AS (
        INSERT INTO revocations (id, revoked_at, ends_at)
          SELECT id, $2, token_ends_at FROM revoked ON CONFLICT DO NOTHING
      )
      SELECT ${ENDED} FROM revoked`,
  },

  contest: { name: "sessions_contest", text: "UPDATE sessions SET contested = true WHERE id = $1" },
  confirm: {
    name: "sessions_confirm",
    text: "UPDATE sessions SET confirmed_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id",
  },
  lock: {
    name: "sessions_lock",
    text: `SELECT ${COLUMNS} FROM sessions WHERE id = $1 AND revoked_at IS NULL FOR NO KEY UPDATE`,
  },
  factorGiven: {
    name: "sessions_factor_given",
    text: "UPDATE sessions SET factor_at = $2, confirmed_at = $2, methods = $3 WHERE id = $1",
  },
  see: seeing("sessions_see", "SKIP LOCKED"),
  seeOne: seeing("sessions_see_one", ""),
  exchange: exchanging("sessions_exchange", "SKIP LOCKED"),
  exchangeOne: exchanging("sessions_exchange_one", ""),
  /** What another transaction has committed is on disk. */
  exchanged: {
    name: "sessions_exchanged",
    text: `SELECT revoked_at AS "atMs", key_hash AS "keyHash", sealed_successor AS "sealedSuccessor"
      FROM revocations WHERE id = $1`,
  },
} as const satisfies Record<string, Statement>;
