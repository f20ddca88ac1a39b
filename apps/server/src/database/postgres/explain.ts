import { DatabaseUnavailable } from "../availability.js";
import type { DatabaseFailure } from "../engine.js";
import { TooLate } from "./deadline.js";
import { codeOf, isConnectionLost } from "./failure.js";

/** Why a database could not be opened or used, for the operator; `undefined` if it was for another reason. */
export function explainPostgresFailure(error: unknown): DatabaseFailure | undefined {
  const code = codesOf(error).find((each) => SENTENCES.some(([pattern]) => pattern.test(each)));
  const found = SENTENCES.find(([pattern]) => code !== undefined && pattern.test(code));
  if (found !== undefined) {
    const [, sentence, kind] = found;
    return { sentence, isSetting: kind === "setting" };
  }
  return undefined;
}

/**
 * SQLSTATEs, our own codes, and Node's if they are of a connection to PostgreSQL: other connections fail with the
 * same ones.
 */
function codesOf(error: unknown): string[] {
  const state = codeOf(error);
  if (state !== "") return [state];
  if (!(error instanceof Error)) return [];
  const code = "code" in error ? String(error.code) : "";
  if (/^POSTGRES_/.test(code)) return [code];
  return error instanceof DatabaseUnavailable && isConnectionLost(error.cause)
    ? connectionCodes(error.cause)
    : [];
}

function connectionCodes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  if (error instanceof TooLate || /timeout/i.test(error.message)) return ["ETIMEDOUT"];
  if (/SSL/.test(error.message)) return ["NO_TLS"];
  const code = "code" in error ? String(error.code) : "LOST";
  // Of a name with several addresses, all were tried.
  const inside = error instanceof AggregateError ? error.errors.flatMap(connectionCodes) : [];
  return [code, ...inside, ...(error.cause === undefined ? [] : connectionCodes(error.cause)), "LOST"];
}

const SENTENCES: ReadonlyArray<readonly [RegExp, string, "setting"?]> = [
  [
    /^(ENOTFOUND|EAI_AGAIN|EAI_NONAME)$/,
    "the host in DATABASE_URL is a name that has no address. Check its spelling, and this machine's DNS.",
    "setting",
  ],
  [
    /^(ECONNREFUSED|ENOENT)$/,
    "PostgreSQL refuses connections at the host and port in DATABASE_URL. Check both, and that it is running and " +
      "listens there (`listen_addresses`).",
  ],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/,
    "PostgreSQL does not answer at the host and port in DATABASE_URL. Check both, and whether a firewall is in the " +
      "way.",
  ],
  [
    /^NO_TLS$/,
    "PostgreSQL does not encrypt connections (`ssl = off`), and DATABASE_URL asks for it. Turn it on there, or say " +
      "sslmode=disable if the network is trusted with all passwords.",
    "setting",
  ],
  [
    /CERT|SIGNATURE|^ERR_(SSL|TLS)/,
    "PostgreSQL's certificate is not accepted for the host in DATABASE_URL. Name the certificate of its authority " +
      "with sslrootcert, and the host as the certificate does.",
    "setting",
  ],
  [/^POSTGRES_ROOT_FILE$/, "the file that sslrootcert in DATABASE_URL names cannot be read.", "setting"],
  [
    /^28/,
    "PostgreSQL refuses the user or the password in DATABASE_URL, or its pg_hba.conf does not let them in from here.",
    "setting",
  ],
  [
    /^3D000$/,
    "PostgreSQL has no database of the name in DATABASE_URL. Create it: CREATE DATABASE … OWNER … ENCODING 'UTF8'.",
    "setting",
  ],
  [
    /^(42501|POSTGRES_RIGHTS)$/,
    "the user in DATABASE_URL may not create or use the tables. Make it the owner of the database, or give it the " +
      "rights to create tables in the schema and to use them.",
    "setting",
  ],
  [
    /^POSTGRES_SCHEMA$/,
    "the schema in which the tables would be does not exist, or the user in DATABASE_URL may not use it. Create it, " +
      "or correct `schema` in DATABASE_URL.",
    "setting",
  ],
  [
    /^POSTGRES_ENCODING$/,
    "the database is not encoded in UTF-8, so that it could not keep all names. Create one with ENCODING 'UTF8'.",
    "setting",
  ],
  [/^POSTGRES_OLD_SERVER$/, "PostgreSQL is older than 14. Upgrade it.", "setting"],
  [
    /^(POSTGRES_READ_ONLY|25006)$/,
    "PostgreSQL cannot be written: it is a standby or read-only. Set DATABASE_URL to the primary.",
    "setting",
  ],
  [
    /^POSTGRES_POOLER$/,
    "this needs a connection to PostgreSQL itself, not to a pooler: set DATABASE_URL to it, and leave " +
      "DATABASE_POOLER out.",
    "setting",
  ],
  [
    /^08P01$/,
    "what answers at the host and port in DATABASE_URL is a pooler, or no PostgreSQL. If it is a pooler, set " +
      "DATABASE_POOLER=transaction.",
    "setting",
  ],
  [
    /^(26000|42P05)$/,
    "the pooler at the host and port in DATABASE_URL does not keep prepared statements. Use PgBouncer 1.21 or later " +
      "with `max_prepared_statements`, or connect to PostgreSQL itself.",
    "setting",
  ],
  [
    /^POSTGRES_NEWER$/,
    "the database was changed by a version of Latchkey that this one does not know. It was left unchanged. Install " +
      "that version, or restore a backup made before it.",
  ],
  [
    /^POSTGRES_FOREIGN$/,
    "the database contains another program's tables. It was left unchanged. Set DATABASE_URL to a database of " +
      "Latchkey's own, or name another schema in it.",
    "setting",
  ],
  [
    /^POSTGRES_MOVING$/,
    "a move from SQLite fills this database. Wait until it has ended; if it was interrupted, run `latchkey store " +
      "move` again.",
  ],
  [
    /^53300$/,
    "PostgreSQL has no connections left. Raise its `max_connections`, or lower DATABASE_POOL or the number of nodes.",
  ],
  [/^(53100|58030)$/, "the disk of PostgreSQL is full or failed."],
  [/^57P03$/, "PostgreSQL is starting or stopping. Try again in a moment."],
  [/^55P03$/, "another process holds a lock in PostgreSQL and did not release it."],
  [/^(08|53|57|58|XX)|^LOST$/, "the connection to PostgreSQL was lost."],
];
