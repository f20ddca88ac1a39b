import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { RestBinding } from "@latchkey/contracts/kit/rest";

/** Calls a procedure with input that nobody has checked yet; resolves to its output. */
export type Endpoint<Context> = (context: Context, rawInput: unknown) => Promise<unknown>;

/** A procedure that has a REST binding, and how to call it. */
export interface Route<Context> {
  readonly procedure: ProcedureContract & { readonly rest: RestBinding };
  readonly call: Endpoint<Context>;
}

/** The procedures of one path, by method, and what its 405 allows. */
export interface Resource<Context> {
  readonly byMethod: ReadonlyMap<string, Route<Context>>;
  readonly allow: string;
}

/** Finds a resource by the path of a request target; `undefined` where there is none. */
export type Find<Context> = (path: string) => Resource<Context> | undefined;

/** Indexes routes by their paths and aliases; a path and method claimed twice is a fault of the contracts. */
export function indexRoutes<Context>(routes: Iterable<Route<Context>>): Find<Context> {
  const methodsByPath = new Map<string, Map<string, Route<Context>>>();
  for (const route of routes) {
    const { method, path, aliases = [] } = route.procedure.rest;
    for (const each of [path, ...aliases.map((alias) => alias.path)]) {
      const methods = methodsByPath.get(each) ?? new Map<string, Route<Context>>();
      if (methods.has(method)) throw new Error(`${method} ${each} is bound to two procedures`);
      methodsByPath.set(each, methods.set(method, route));
    }
  }
  const resources = new Map<string, Resource<Context>>();
  for (const [path, byMethod] of methodsByPath) {
    const resource = { byMethod, allow: [...byMethod.keys()].join(", ") };
    resources.set(path, resource).set(`${path}/`, resource);
  }
  return (path) => resources.get(path) ?? (path.includes("%") ? resources.get(decoded(path)) : undefined);
}

/** The path of a request target without its query; a target in absolute form loses its authority (RFC 9112 3.2.2). */
export function pathOf(target: string): string {
  const origin = target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?#]*/i, "");
  const query = origin.search(/[?#]/);
  return query === -1 ? origin : origin.slice(0, query);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
