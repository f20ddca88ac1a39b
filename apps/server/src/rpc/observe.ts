import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { AppError } from "../error.js";
import type { Log } from "../platform/log.js";
import type { Endpoint } from "./procedure.js";

/** Logs each call: what changes something as an event, what only reads for whoever debugs. */
export function observed(
  procedure: string,
  { kind }: ProcedureContract,
  endpoint: Endpoint,
  log: Log,
): Endpoint {
  const level = kind === "mutation" ? "info" : "debug";
  if (!log.enabled(level)) return endpoint;
  return async (context, rawInput) => {
    const startMs = performance.now();
    let code = "OK";
    try {
      return await endpoint(context, rawInput);
    } catch (error) {
      code =
        error instanceof AppError ? error.definition.code : error instanceof Error ? error.name : "unknown";
      throw error;
    } finally {
      const durationMs = Math.round(performance.now() - startMs);
      log(level, "call", { requestId: context.requestId, procedure, code, durationMs });
    }
  };
}
