import type { Rpc } from "./api.generated.js";
import { byName } from "./by-name.js";
import { isLatchkeyError } from "./errors.js";
import type { Mutation, ProcedureTypes, Query } from "./procedure.js";
import type { CallError } from "./safe.js";

/**
 * The beginning of every query's key: call `queryClient.removeQueries({ queryKey: QUERY_KEY })` when a user
 * signs out, and `resetQueries` when one signs in.
 */
export const QUERY_KEY = ["latchkey"] as const;

/** The key of a query, for invalidating it. Without an input, it is the prefix of the keys for all inputs. */
export type QueryKey = readonly [...typeof QUERY_KEY, path: string, input?: unknown];

/** What a call of the procedure may fail with. */
type Failure<Types extends ProcedureTypes> = CallError<Types["errorShape"]>;

/** Whether to try again: a refusal is final, unless the server was only busy. */
type Retry<Types extends ProcedureTypes> = (failures: number, error: Failure<Types>) => boolean;

/** The options for `useQuery` and similar functions. */
export interface QueryOptions<Types extends ProcedureTypes> {
  readonly queryKey: QueryKey;
  readonly queryFn: (context: { readonly signal: AbortSignal }) => Promise<Types["output"]>;
  readonly retry: Retry<Types>;
  /** Milliseconds before the next try. */
  readonly retryDelay: (failures: number, error: Failure<Types>) => number;
}

/** The options for `useMutation`. A mutation is never repeated automatically. */
export interface MutationOptions<Types extends ProcedureTypes> {
  readonly mutationKey: QueryKey;
  readonly mutationFn: (input: Types["input"]) => Promise<Types["output"]>;
  readonly retry: (failures: number, error: Failure<Types>) => false;
}

/** A procedure that only reads, for TanStack Query. */
export interface QueryTools<Types extends ProcedureTypes> {
  queryKey(input?: Types["input"]): QueryKey;
  queryOptions(input: Types["input"]): QueryOptions<Types>;
}

/** A procedure that changes something, for TanStack Query. */
export interface MutationTools<Types extends ProcedureTypes> {
  mutationOptions(): MutationOptions<Types>;
}

/** Each procedure, for TanStack Query: `queries.users.me.queryOptions()`. */
export type Queries = {
  readonly [Namespace in keyof Rpc]: {
    readonly [Name in keyof Rpc[Namespace]]: Rpc[Namespace][Name] extends Query<infer Types>
      ? QueryTools<Types>
      : Rpc[Namespace][Name] extends Mutation<infer Types>
        ? MutationTools<Types>
        : never;
  };
};

const RETRIES = 3;
const FIRST_PAUSE_MS = 1000;

/**
 * The procedures for TanStack Query version 5, in any framework. A query is aborted when no component needs
 * its result any more.
 *
 * @example
 * ```ts
 * const queries = createQueries(client);
 * const me = useQuery(queries.users.me.queryOptions());
 * const logout = useMutation(queries.users.logout.mutationOptions());
 * ```
 */
export function createQueries({ rpc }: { readonly rpc: Rpc }): Queries {
  // Safe: each path leads to what the types promise, whichever property is read.
  return byName((namespace) => byName((name) => toolsOf(rpc, namespace, name))) as unknown as Queries;
}

/** Either kind of procedure: the caller's types know which. */
interface Procedure {
  query(input: unknown, options: { signal: AbortSignal }): Promise<unknown>;
  mutate(input: unknown): Promise<unknown>;
}

function toolsOf(rpc: Rpc, namespace: string, name: string) {
  const path = `${namespace}.${name}`;
  // Safe: to the client every name is a procedure, and the server refuses one that it does not have.
  const procedure = () =>
    (rpc as unknown as Record<string, Record<string, Procedure>>)[namespace]?.[name] as Procedure;
  const queryKey = (input?: unknown) =>
    input === undefined ? [...QUERY_KEY, path] : [...QUERY_KEY, path, input];
  return {
    queryKey,
    queryOptions: (input?: unknown) => ({
      queryKey: queryKey(input),
      queryFn: ({ signal }: { signal: AbortSignal }) => procedure().query(input, { signal }),
      retry: (failures: number, error: unknown) => failures < RETRIES && mayPass(error),
      retryDelay: (failures: number, error: unknown) =>
        Math.max(pauseMs(error), FIRST_PAUSE_MS * 2 ** failures),
    }),
    mutationOptions: () => ({
      mutationKey: queryKey(),
      mutationFn: (input: unknown) => procedure().mutate(input),
      retry: () => false,
    }),
  };
}

function mayPass(error: unknown): boolean {
  return !isLatchkeyError(error) || error.data.appCode === "UNAVAILABLE";
}

/** As long as the server has asked to wait. */
function pauseMs(error: unknown): number {
  return isLatchkeyError(error) ? 1000 * (error.data.retryAfterSeconds ?? 0) : 0;
}
