import type { IncomingMessage, ServerResponse } from "node:http";
import type { Language } from "@latchkey/contracts/kit/language";
import { PLAIN_PATHS } from "@latchkey/contracts/kit/rest";
import { BodyInvalid, inputOf } from "./input.js";
import { BodyRefused, linger, SenderGone } from "./read.js";
import { indexRoutes, pathOf, type Resource, type Route, wireOf } from "./routes.js";
import type { Answer, Raised, Unfit } from "./wire/wire.js";

/** The server's explanation of an error that a procedure threw. */
export type Failure = ({ readonly kind: "raised" } & Raised) | ({ readonly kind: "invalid" } & Unfit);

export interface BridgeOptions<Context> {
  readonly routes: Iterable<Route<Context>>;
  /** Paths of its prefixes that something else serves. */
  readonly elsewhere?: Iterable<string>;
  /** Creates the context that procedures are called with. */
  context(request: IncomingMessage, response: ServerResponse): Context;
  /** The language of messages that no contract fixes. */
  language(context: Context): Language;
  /** Headers for every answer, as a flat list of names and values. Called when the answer is sent. */
  headers(context: Context, request: IncomingMessage): readonly string[];
  /** Explains an error. An error that it does not know is reported and answered with `INTERNAL`. */
  explain(error: unknown, context: Context): Failure;
}

/** Answers a request and returns `true`, or returns `false` if the path is not one of its own. */
export type Bridge = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Serves the procedures that have a REST binding, each in the wire format of its path. */
export function createBridge<Context>(options: BridgeOptions<Context>): Bridge {
  const find = indexRoutes(options.routes);
  const elsewhere = new Set([...(options.elsewhere ?? [])].flatMap((path) => [path, `${path}/`]));
  return (request, response) => {
    const path = pathOf(request.url ?? "");
    const resource = find(path);
    if (resource === undefined && (!path.startsWith(PLAIN_PATHS) || elsewhere.has(path))) return false;
    const context = options.context(request, response);
    // Called only when the answer is ready: the server may have begun to stop in the meantime.
    const headers = () => options.headers(context, request);
    const language = () => options.language(context);
    const route = resource?.byMethod.get(request.method ?? "");
    if (resource === undefined) send(response, wireOf(path).refusal("not found", language()), headers());
    else if (route === undefined) {
      const answer = resource.wire.refusal("method not allowed", language());
      send(response, answer, [...headers(), "Allow", resource.allow]);
    } else void serve(options, route, { request, response, context, resource, headers, language });
    return true;
  };
}

interface Exchange<Context> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: Context;
  readonly resource: Resource<Context>;
  headers(): readonly string[];
  language(): Language;
}

async function serve<Context>(
  options: BridgeOptions<Context>,
  route: Route<Context>,
  exchange: Exchange<Context>,
) {
  const { request, response, context, resource, headers } = exchange;
  const { wire, parameters } = resource;
  try {
    const input = inputOf(route, request, parameters);
    const output = await route.call(context, input instanceof Promise ? await input : input);
    send(response, wire.success(route.procedure.rest, output), headers());
  } catch (error) {
    if (error instanceof SenderGone) return;
    if (error instanceof BodyRefused) return refuse(exchange, error);
    const { answer, more } = explained(options, route, exchange, error);
    send(response, answer, [...headers(), ...more]);
  }
}

interface Explained {
  readonly answer: Answer;
  /** Headers that belong to it. */
  readonly more: readonly string[];
}

function explained<Context>(
  options: BridgeOptions<Context>,
  { procedure: { rest, access } }: Route<Context>,
  { context, resource: { wire }, language }: Exchange<Context>,
  error: unknown,
): Explained {
  if (error instanceof BodyInvalid)
    return { answer: wire.unfitBody(rest, error.fault, language()), more: [] };
  const fault = options.explain(error, context);
  if (fault.kind === "invalid") return { answer: wire.unfit(rest, fault, language()), more: [] };
  const answer = wire.failure(rest, fault, language());
  const more: string[] = [...(answer.headers ?? [])];
  // RFC 6750 3: only if a token was required, not if a password was wrong.
  if (answer.status === 401 && access !== "public") more.push("WWW-Authenticate", "Bearer");
  if (fault.retryAfterSeconds !== undefined) more.push("Retry-After", String(fault.retryAfterSeconds));
  return { answer, more };
}

function refuse<Context>(
  { request, response, resource: { wire }, headers, language }: Exchange<Context>,
  { refusal }: BodyRefused,
): void {
  const answer = wire.refusal(refusal, language());
  if (refusal !== "too large") {
    send(response, answer, headers());
    return;
  }
  const body = JSON.stringify(answer.body);
  writeHead(response, answer.status, body, [...headers(), "Connection", "close"]);
  response.write(body);
  // End only after the sender has stopped: closing the socket earlier would discard the answer.
  linger(request, () => response.end(() => request.destroy()));
}

function send(response: ServerResponse, answer: Answer, headers: readonly string[]): void {
  if (answer.body === undefined) {
    response.writeHead(answer.status, [...headers]).end();
    return;
  }
  const body = JSON.stringify(answer.body);
  writeHead(response, answer.status, body, headers);
  response.end(body);
}

function writeHead(response: ServerResponse, status: number, body: string, headers: readonly string[]): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, ["Content-Type", "application/json", "Content-Length", length, ...headers]);
}
