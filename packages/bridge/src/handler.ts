import type { IncomingMessage, ServerResponse } from "node:http";
import type { Language } from "@latchkey/contracts/kit/language";
import { PLAIN_PATHS } from "@latchkey/contracts/kit/rest";
import { type Body, bodyOf, successOf } from "./bodies.js";
import { BodyInvalid, inputOf } from "./input.js";
import { BodyRefused, linger, SenderGone } from "./read.js";
import { indexRoutes, pathOf, type Resource, type Route, wireOf } from "./routes.js";
import type { Answer, Raised, Unfit, Wire } from "./wire/wire.js";

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
    const exchange = { options, request, response, context };
    const route = resource?.byMethod.get(request.method ?? "");
    if (resource === undefined)
      send(exchange, wireOf(path).refusal("not found", options.language(context)), []);
    else if (route === undefined) {
      const answer = resource.wire.refusal("method not allowed", options.language(context));
      send(exchange, answer, ["Allow", resource.allow]);
    } else void serve(exchange, route, resource);
    return true;
  };
}

interface Exchange<Context> {
  readonly options: BridgeOptions<Context>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: Context;
}

async function serve<Context>(
  exchange: Exchange<Context>,
  route: Route<Context>,
  { wire, parameters }: Resource<Context>,
) {
  const { request, context } = exchange;
  try {
    const input = inputOf(route, request, parameters);
    const output = await route.call(context, input instanceof Promise ? await input : input);
    const { status, body } = successOf(wire, route.procedure.rest, output);
    sendBody(exchange, status, body, []);
  } catch (error) {
    if (error instanceof SenderGone) return;
    if (error instanceof BodyRefused) return refuse(exchange, wire, error);
    const { answer, more } = explained(exchange, route, wire, error);
    send(exchange, answer, more);
  }
}

interface Explained {
  readonly answer: Answer;
  /** Headers that belong to it. */
  readonly more: readonly string[];
}

function explained<Context>(
  { options, context }: Exchange<Context>,
  { procedure: { rest, access } }: Route<Context>,
  wire: Wire,
  error: unknown,
): Explained {
  const language = options.language(context);
  if (error instanceof BodyInvalid) return { answer: wire.unfitBody(rest, error.fault, language), more: [] };
  const fault = options.explain(error, context);
  if (fault.kind === "invalid") return { answer: wire.unfit(rest, fault, language), more: [] };
  const answer = wire.failure(rest, fault, language);
  const more: string[] = [...(answer.headers ?? [])];
  // RFC 6750 3: only if a token was required, not if a password was wrong.
  if (answer.status === 401 && access !== "public") more.push("WWW-Authenticate", "Bearer");
  if (fault.retryAfterSeconds !== undefined) more.push("Retry-After", String(fault.retryAfterSeconds));
  return { answer, more };
}

function refuse<Context>(exchange: Exchange<Context>, wire: Wire, { refusal }: BodyRefused): void {
  const { options, request, response, context } = exchange;
  const answer = wire.refusal(refusal, options.language(context));
  if (refusal !== "too large") {
    send(exchange, answer, []);
    return;
  }
  const body = JSON.stringify(answer.body);
  writeHead(exchange, answer.status, String(Buffer.byteLength(body)), ["Connection", "close"]);
  response.write(body);
  // End only after the sender has stopped: closing the socket earlier would discard the answer.
  linger(request, () => response.end(() => request.destroy()));
}

function send<Context>(exchange: Exchange<Context>, answer: Answer, more: readonly string[]): void {
  sendBody(exchange, answer.status, bodyOf(answer), more);
}

function sendBody<Context>(
  exchange: Exchange<Context>,
  status: number,
  body: Body | undefined,
  more: readonly string[],
): void {
  writeHead(exchange, status, body?.length, more);
  if (body === undefined) exchange.response.end();
  else exchange.response.end(body.text, body.encoding);
}

/** The server's own headers are asked for now: it may have begun to stop in the meantime. */
function writeHead<Context>(
  { options, request, response, context }: Exchange<Context>,
  status: number,
  length: string | undefined,
  more: readonly string[],
): void {
  const kind = length === undefined ? [] : ["Content-Type", "application/json", "Content-Length", length];
  response.writeHead(status, [...kind, ...options.headers(context, request), ...more]);
}
