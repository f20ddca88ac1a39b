import type { DatabaseEngine, DatabaseFailure } from "./engine.js";
import { postgresEngine } from "./postgres/engine.js";
import { isPostgresUrl } from "./postgres/url.js";
import { sqliteEngine } from "./sqlite/engine.js";

/** The engine for the scheme of a `DATABASE_URL`. */
export function engineOf(url: string): DatabaseEngine {
  return isPostgresUrl(url) ? postgresEngine : sqliteEngine;
}

const ENGINES: readonly DatabaseEngine[] = [sqliteEngine, postgresEngine];

/** Why a database could not be opened or used; `undefined` if no engine knows the error. */
export function explainDatabaseFailure(error: unknown): DatabaseFailure | undefined {
  for (const engine of ENGINES) {
    const failure = engine.explain(error);
    if (failure !== undefined) return failure;
  }
  return undefined;
}
