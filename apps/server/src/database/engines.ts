import type { DatabaseEngine, DatabaseFailure } from "./engine.js";
import { sqliteEngine } from "./sqlite/engine.js";

/** The engine for the scheme of a `DATABASE_URL`. */
export function engineOf(_url: string): DatabaseEngine {
  return sqliteEngine;
}

const ENGINES: readonly DatabaseEngine[] = [sqliteEngine];

/** Why a database could not be opened or used; `undefined` if no engine knows the error. */
export function explainDatabaseFailure(error: unknown): DatabaseFailure | undefined {
  for (const engine of ENGINES) {
    const failure = engine.explain(error);
    if (failure !== undefined) return failure;
  }
  return undefined;
}
