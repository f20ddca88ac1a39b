import type { TRPCClientError } from "@trpc/client";

declare const errorShape: unique symbol;

/** The promise of a call. Its type knows what the call may fail with; nothing of that exists at run time. */
export type Call<Data, Shape> = Promise<Data> & { readonly [errorShape]?: Shape };

/** What a call with errors of this shape may fail with. */
export type CallError<Shape> = TRPCClientError<{ errorShape: Shape; transformer: boolean }>;

/**
 * Waits for a call of `rpc`, and resolves to `[output, undefined]` or to `[undefined, error]`.
 *
 * @example
 * ```ts
 * const [profile, error] = await safe(client.rpc.users.me.query());
 * ```
 */
export function safe<Data, Shape>(
  call: Call<Data, Shape>,
): Promise<readonly [Data, undefined] | readonly [undefined, CallError<Shape>]> {
  return call.then(
    (data) => [data, undefined] as const,
    // Safe: the procedure's type says what its calls fail with.
    (error: CallError<Shape>) => [undefined, error] as const,
  );
}
