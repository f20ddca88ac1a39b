import { commonErrors } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { Log } from "../world/log.js";
import { countBy, type Metrics } from "../world/metrics.js";
import { codeOf } from "./failure.js";
import type { Endpoint } from "./procedure.js";

interface Deps {
  readonly log: Log;
  /** Absent if metrics are off. */
  readonly metrics: Metrics | undefined;
}

/** Makes an endpoint that reports each of its calls; the endpoint itself if nothing is recorded. */
export type Observe = (procedure: string, contract: ProcedureContract, endpoint: Endpoint) => Endpoint;

/** Logs each call: changes as events, reads at debug level. Measures each call if metrics are on. */
export function createObserve({ log, metrics }: Deps): Observe {
  const recorderOf = metrics && measureCalls(metrics);
  return (procedure, contract, endpoint) => {
    const level = contract.kind === "mutation" ? "info" : "debug";
    const logs = log.enabled(level);
    const record = recorderOf?.(procedure, contract);
    if (!logs && record === undefined) return endpoint;
    return async (context, rawInput) => {
      const startMs = performance.now();
      let code = "OK";
      try {
        return await endpoint(context, rawInput);
      } catch (error) {
        code = codeOf(error);
        throw error;
      } finally {
        const durationMs = performance.now() - startMs;
        record?.(code, durationMs / 1000);
        if (logs)
          log(level, "call", {
            requestId: context.requestId,
            ...(context.traceparent !== undefined && { traceparent: context.traceparent }),
            procedure,
            code,
            durationMs: Math.round(durationMs),
          });
      }
    };
  };
}

function measureCalls(metrics: Metrics) {
  const count = metrics.counter({
    name: "latchkey_calls_total",
    help: "Calls by procedure and outcome, over REST and tRPC: OK, or the error's code.",
    labels: ["procedure", "code"],
  });
  const durations = metrics.durations({
    name: "latchkey_call_duration_seconds",
    help: "How long calls took, by procedure, without reading the request and writing the answer.",
    labels: ["procedure"],
  });
  return (procedure: string, { raises }: ProcedureContract) => {
    const observe = durations(procedure);
    const countCode = countBy((code) => count(procedure, code));
    for (const code of ["OK", ...codesOf(raises)]) count(procedure, code);
    return (code: string, seconds: number) => {
      countCode(code);
      observe(seconds);
    };
  };
}

/**
 * Every code that a call may end with: each is counted from the start, so that its first occurrence shows as
 * an increase.
 */
function codesOf(raises: ProcedureContract["raises"]): string[] {
  return [...raises, ...Object.values(commonErrors)].map(({ code }) => code);
}
