import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { PLAIN_PATHS, type RestBinding } from "@latchkey/contracts/kit/rest";
import { fastapi } from "./wire/fastapi.js";
import { plain } from "./wire/plain.js";
import type { Wire } from "./wire/wire.js";

/** Calls a procedure with input that has not been validated yet; resolves to its output. */
export type Endpoint<Context> = (context: Context, rawInput: unknown) => Promise<unknown>;

/** A procedure that has a REST binding, and how to call it. */
export interface Route<Context> {
  readonly procedure: ProcedureContract & { readonly rest: RestBinding };
  readonly call: Endpoint<Context>;
}

/** The values of a path's parameters, by name. */
export type PathParameters = Readonly<Record<string, string>>;

/** The procedures of one path, by method, and the `Allow` header of its 405. */
export interface Resource<Context> {
  readonly byMethod: ReadonlyMap<string, Route<Context>>;
  readonly allow: string;
  readonly wire: Wire;
  readonly parameters: PathParameters;
}

/** Finds a resource by the path of a request target; `undefined` if there is none. */
export type Find<Context> = (path: string) => Resource<Context> | undefined;

/**
 * Indexes routes by their paths and aliases. Two routes with the same path and method are a bug in the
 * contracts.
 */
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
  const patterns: Array<Pattern<Context>> = [];
  for (const [path, byMethod] of methodsByPath) {
    const allow = [...byMethod.keys()].join(", ");
    const resource = { byMethod, allow, wire: wireOf(path), parameters: {} };
    if (path.includes("{")) patterns.push({ segments: path.split("/"), resource });
    else resources.set(path, resource).set(`${path}/`, resource);
  }
  return (path) =>
    resources.get(path) ??
    match(patterns, path) ??
    (path.includes("%") ? resources.get(decoded(path) ?? path) : undefined);
}

/** The wire format of the answers under a path, even if the path does not exist. */
export function wireOf(path: string): Wire {
  return path.startsWith(PLAIN_PATHS) ? plain : fastapi;
}

interface Pattern<Context> {
  readonly segments: readonly string[];
  readonly resource: Resource<Context>;
}

function match<Context>(
  patterns: ReadonlyArray<Pattern<Context>>,
  path: string,
): Resource<Context> | undefined {
  if (!path.startsWith(PLAIN_PATHS)) return undefined;
  const given = (path.endsWith("/") ? path.slice(0, -1) : path).split("/");
  for (const { segments, resource } of patterns) {
    const parameters = parametersOf(segments, given);
    if (parameters !== undefined) return { ...resource, parameters };
  }
  return undefined;
}

/** The values in place of a pattern's names; `undefined` if the path does not match. */
function parametersOf(pattern: readonly string[], given: readonly string[]): PathParameters | undefined {
  if (pattern.length !== given.length) return undefined;
  const parameters: Array<readonly [string, string]> = [];
  for (const [index, segment] of pattern.entries()) {
    const value = decoded(given[index] ?? "");
    if (value === undefined || value === "") {
      if (segment !== value) return undefined;
    } else if (segment.startsWith("{")) parameters.push([segment.slice(1, -1), value]);
    else if (segment !== value) return undefined;
  }
  return Object.fromEntries(parameters);
}

/**
 * The path of a request target without its query; a target in absolute form loses its authority (RFC 9112
 * 3.2.2).
 */
export function pathOf(target: string): string {
  const origin = originForm(target);
  const query = origin.search(/[?#]/);
  return query === -1 ? origin : origin.slice(0, query);
}

/** The query of a request target. */
export function queryOf(target: string): URLSearchParams {
  const [, query = ""] = /^[^?#]*\?([^#]*)/.exec(originForm(target)) ?? [];
  return new URLSearchParams(query);
}

/** A request target without the server that it may name. */
export function originForm(target: string): string {
  return target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?#]*/i, "");
}

/** `undefined` if its escapes are invalid. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
