import type { DatabaseEngine } from "./engine.js";
import { sqliteEngine } from "./sqlite/engine.js";

/** The engine that a `DATABASE_URL` names by its scheme. */
export function engineOf(_url: string): DatabaseEngine {
  return sqliteEngine;
}
