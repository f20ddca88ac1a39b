import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorDefinition } from "@latchkey/contracts/kit/errors";
import type { z } from "zod";
import { BodyInvalid, bodyInput, headerInput } from "./input.js";
import { BodyRefused, linger, SenderGone } from "./read.js";
import { indexRoutes, pathOf, type Resource, type Route } from "./routes.js";
import { type Answer, detail, failure, fieldErrors, invalidInput, success } from "./wire/fastapi.js";

/** What the server makes of something that a procedure threw. */
export type Failure =
  | { readonly kind: "raised"; readonly definition: ErrorDefinition; readonly retryAfterSeconds?: number }
  | { readonly kind: "invalid"; readonly issues: readonly z.core.$ZodIssue[]; readonly input: unknown };

export interface BridgeOptions<Context> {
  readonly routes: Iterable<Route<Context>>;
  /** Makes the context that procedures are called with. */
  context(request: IncomingMessage): Context;
  /** Headers that every answer carries, as a flat list of names and values; asked for when it is sent. */
  headers(context: Context, request: IncomingMessage): readonly string[];
  /** Explains an error. One that it cannot explain it reports, and answers `INTERNAL`. */
  explain(error: unknown, context: Context): Failure;
}

/** Answers a request and says `true`, or says `false` where no route has its path. */
export type Bridge = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Serves the procedures that have a REST binding. Errors are `{"detail":…}` and nothing else. */
export function createBridge<Context>(options: BridgeOptions<Context>): Bridge {
  const find = indexRoutes(options.routes);
  return (request, response) => {
    const resource = find(pathOf(request.url ?? ""));
    if (resource === undefined) return false;
    const context = options.context(request);
    // Asked for when the answer is ready: meanwhile the server may have begun to stop.
    const headers = () => options.headers(context, request);
    const route = resource.byMethod.get(request.method ?? "");
    if (route === undefined) methodNotAllowed(resource, response, headers());
    else void serve(options, route, { request, response, context, headers });
    return true;
  };
}

interface Exchange<Context> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: Context;
  headers(): readonly string[];
}

async function serve<Context>(
  options: BridgeOptions<Context>,
  route: Route<Context>,
  exchange: Exchange<Context>,
) {
  const { request, response, context, headers } = exchange;
  const { rest, access } = route.procedure;
  try {
    const output = await route.call(
      context,
      takesBody(route) ? await bodyInput(request) : bodiless(request, route),
    );
    send(response, success(rest, output), headers());
  } catch (error) {
    if (error instanceof SenderGone) return;
    if (error instanceof BodyInvalid)
      return send(response, invalidInput(rest, [error.fieldError]), headers());
    if (error instanceof BodyRefused) return refuse(exchange, error);
    const fault = options.explain(error, context);
    if (fault.kind === "invalid") {
      return send(
        response,
        invalidInput(rest, fieldErrors(fault.issues, fault.input, rest.headers)),
        headers(),
      );
    }
    const answer = failure(rest, fault.definition);
    const more = [...headers()];
    // RFC 6750 3: only where a token was asked for, not where a password was wrong.
    if (answer.status === 401 && access !== "public") more.push("WWW-Authenticate", "Bearer");
    if (fault.retryAfterSeconds !== undefined) more.push("Retry-After", String(fault.retryAfterSeconds));
    send(response, answer, more);
  }
}

function takesBody<Context>(route: Route<Context>): boolean {
  const { kind, input, rest } = route.procedure;
  return kind === "mutation" && input.type !== "void" && rest.headers === undefined;
}

function bodiless<Context>(request: IncomingMessage, route: Route<Context>): unknown {
  const { headers } = route.procedure.rest;
  return headers === undefined ? undefined : headerInput(request, headers);
}

function methodNotAllowed<Context>(
  resource: Resource<Context>,
  response: ServerResponse,
  headers: readonly string[],
) {
  send(response, detail(405, "Method Not Allowed"), [...headers, "Allow", resource.allow]);
}

function refuse<Context>({ request, response, headers }: Exchange<Context>, refused: BodyRefused): void {
  const answer = detail(refused.status, refused.message);
  if (!refused.close) {
    send(response, answer, headers());
    return;
  }
  const body = JSON.stringify(answer.body);
  writeHead(response, answer.status, body, [...headers(), "Connection", "close"]);
  response.write(body);
  // Ended only when the sender has stopped: a closed socket would take the answer with it.
  linger(request, () => response.end(() => request.destroy()));
}

function send(response: ServerResponse, answer: Answer, headers: readonly string[]): void {
  const body = JSON.stringify(answer.body);
  writeHead(response, answer.status, body, headers);
  response.end(body);
}

function writeHead(response: ServerResponse, status: number, body: string, headers: readonly string[]): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, ["Content-Type", "application/json", "Content-Length", length, ...headers]);
}
