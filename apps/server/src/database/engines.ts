import type { DatabaseEngine } from "./engine.js";
import { sqliteEngine } from "./sqlite/engine.js";

/** The engine for the scheme of a `DATABASE_URL`. */
export function engineOf(_url: string): DatabaseEngine {
  return sqliteEngine;
}
