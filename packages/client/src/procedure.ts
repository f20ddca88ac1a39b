import type { TRPCProcedureOptions } from "@trpc/client";
import type { Call } from "./safe.js";

/** A procedure's input, output and error codes. */
export interface ProcedureTypes {
  readonly input: unknown;
  readonly output: unknown;
  readonly errorShape: unknown;
}

/** A procedure that only reads. */
export interface Query<Types extends ProcedureTypes> {
  /**
   * Calls it. Rejects with a `TRPCClientError`; `safe()` returns that as a value, with this procedure's own
   * codes.
   */
  query(input: Types["input"], options?: TRPCProcedureOptions): Call<Types["output"], Types["errorShape"]>;
}

/** A procedure that changes something. */
export interface Mutation<Types extends ProcedureTypes> {
  /**
   * Calls it. Rejects with a `TRPCClientError`; `safe()` returns that as a value, with this procedure's own
   * codes.
   */
  mutate(input: Types["input"], options?: TRPCProcedureOptions): Call<Types["output"], Types["errorShape"]>;
}
