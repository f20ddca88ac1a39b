import pg from "pg";
import { DatabaseUnavailable } from "../availability.js";
import { TooLate } from "./deadline.js";

/** A concurrent transaction got in the way: the same statements succeed when they are run again. */
export function isConflict(error: unknown): boolean {
  return /^40(001|P01)$/.test(codeOf(error));
}

/** The name of the unique constraint or index that a statement violated; `undefined` for other errors. */
export function violatedUnique(error: unknown): string | undefined {
  const cause = causeOf(error);
  return cause?.code === "23505" ? cause.constraint : undefined;
}

/**
 * Whether PostgreSQL cannot work at the moment, as opposed to a wrong statement: the connection was lost (08) or
 * was never made, resources are used up (53), an operator stopped it or a time limit was reached (57), the disk
 * or system failed (58), it is read-only (25006), a lock was not free in time (55P03), a transaction was idle for
 * too long (25P03).
 */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== "") return /^(08|53|57|58|XX)|^(25006|55P03|25P03|40001|40P01)$/.test(code);
  return isConnectionFault(error);
}

/** The same error, or `DatabaseUnavailable` with it as the cause if PostgreSQL cannot work at the moment. */
export function unavailableOr(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) return error;
  return isUnavailable(error) ? new DatabaseUnavailable(error) : error;
}

/** Whether the connection cannot be used any more, or PostgreSQL is stopping or starting. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  return code === "" ? isConnectionFault(error) : /^(08|57P0|25P03)/.test(code);
}

/** Whether nothing was heard in time: what waits would fail as well, one time limit after the other. */
export function ranOutOfTime(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof TooLate ||
    /^(timeout expired|query read timeout|connection terminated due to connection timeout)/i.test(
      error.message,
    ) ||
    ranOutOfTime(error.cause)
  );
}

/** Whether what PostgreSQL remembers of a statement is gone or no longer fits: a new connection knows it again. */
export function isForgotten(error: unknown): boolean {
  return /^(0A000|26000)$/.test(codeOf(error));
}

/** Whether PostgreSQL can be read but not written: it is a standby, or its disk is full. */
export function refusesWrites(error: unknown): boolean {
  return /^(25006|53100|58030)$/.test(codeOf(error));
}

/** PostgreSQL's SQLSTATE; drizzle wraps its errors. */
export function codeOf(error: unknown): string {
  return causeOf(error)?.code ?? "";
}

function causeOf(error: unknown): pg.DatabaseError | undefined {
  if (error instanceof pg.DatabaseError) return error;
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : undefined;
}

/** The driver reports a lost connection with Node's own codes, or with these sentences. */
function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TooLate) return true;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string" && (/^E[A-Z0-9_]+$/.test(code) || TLS.test(code))) return true;
  if (
    /^(connection terminated|timeout|query read timeout|client (was|has)|the server does not support ssl|there was an error establishing an ssl)/i.test(
      error.message,
    )
  )
    return true;
  return error.cause !== undefined && isConnectionFault(error.cause);
}

/** Node's codes for a server whose certificate is not accepted. */
const TLS = /CERT|SIGNATURE|^ERR_(SSL|TLS)/;
