import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Bridge } from "@latchkey/bridge";
import { type BoundsOptions, boundServer } from "./bounds.js";
import { createGathering } from "./gathered.js";
import { answerHeaders, type HeaderList, isPreflight, preflightAnswer } from "./headers.js";
import { boundPieces } from "./pieces.js";
import { createLateness } from "./pipelined.js";
import { cutOffUnread } from "./unread-body.js";
import { createUnreadable } from "./unreadable.js";
import { BAD_ADDRESS, isWellFormedHost, isWellFormedTarget } from "./well-formed.js";

/**
 * A client that sends a head or a body more slowly than this is cut off, so that sockets cannot be held open.
 */
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Longer than common proxies keep an idle connection, so that they do not reuse one that is being closed. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_HEADERS = 100;

export interface EdgeOptions extends Pick<BoundsOptions, "counts" | "networksOf" | "pathOf" | "onCut"> {
  readonly bridge: Bridge;
  /** Serves what the bridge does not. */
  readonly rest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly origins: ReadonlySet<string>;
  /** Called before a request that may have been sent later than those that are handled together with it. */
  readonly onLate: () => void;
}

export interface Edge {
  /** It does not listen yet. */
  readonly server: Server;
  /** From now on connections close with the last of their answers. */
  startClosing(): void;
}

/**
 * The HTTP server: REST paths go straight to the bridge, everything else to Express.
 */
export function createEdge({ bridge, rest, origins, onLate, ...bounds }: EdgeOptions): Edge {
  const isLate = createLateness();
  const gather = createGathering();
  const server = createServer({
    headersTimeout: HEAD_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: 2000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    noDelay: true,
    // Checked below, so that the response is like all others.
    requireHostHeader: false,
  });
  // Node ignores what comes after so many: one more is enough to refuse them.
  server.maxHeadersCount = MAX_HEADERS + 1;
  const cutPieces = (request: IncomingMessage) => {
    // The socket too: what was already read from it must not be handled.
    request.destroy();
    bounds.onCut("pieces");
  };
  const { handle, latest, startClosing } = boundServer(server, {
    ...bounds,
    begin(request, response, isAhead) {
      if (isLate(request, response) || isAhead) onLate();
      gather(response);
      cutOffUnread(request, response);
      boundPieces(request, response, cutPieces);
      const refusal = refusalOf(request);
      if (refusal !== undefined) return refuse(request, response, origins, refusal);
      if (isPreflight(request)) return answerPreflight(request, response, origins);
      if (bridge(request, response)) return;
      setHeaders(response, answerHeaders(request, origins));
      rest(request, response);
    },
  });
  server.on("request", handle).on("checkExpectation", handle).on("clientError", createUnreadable(latest));
  return { server, startClosing };
}

function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  origins: ReadonlySet<string>,
): void {
  const { status, headers, detail } = preflightAnswer(request, origins);
  const body = detail === undefined ? "" : JSON.stringify({ detail });
  const length = ["Content-Type", "application/json", "Content-Length", String(body.length)];
  response.writeHead(status, [...answerHeaders(request, origins), ...headers, ...length]).end(body);
}

interface Refusal {
  readonly status: number;
  readonly detail: string;
}

/** What is wrong with a request, whatever it asks for. */
function refusalOf({ url = "", rawHeaders, httpVersion, headers }: IncomingMessage): Refusal | undefined {
  if (rawHeaders.length > 2 * MAX_HEADERS) return { status: 431, detail: "Request header fields too large" };
  if (!hasOneHost(rawHeaders, httpVersion))
    return { status: 400, detail: "The request must have exactly one Host header" };
  if (!isWellFormedHost(headers.host ?? ""))
    return { status: 400, detail: "The Host header is not well-formed" };
  if (!isWellFormedTarget(url)) return { status: 400, detail: BAD_ADDRESS };
  // RFC 9110 10.1.1: nothing else is defined. Node has already sent `100 Continue` where that was expected.
  const { expect } = headers;
  if (expect !== undefined && httpVersion === "1.1" && !/(^|\W)100-continue($|\W)/i.test(expect))
    return { status: 417, detail: "Expectation Failed" };
  return undefined;
}

/**
 * RFC 9112 3.2: exactly one, because a proxy in front might otherwise have used another one than this server.
 * HTTP/1.0 has none.
 */
function hasOneHost(rawHeaders: readonly string[], httpVersion: string): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === "1.0");
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  origins: ReadonlySet<string>,
  { status, detail }: Refusal,
): void {
  const body = JSON.stringify({ detail });
  const headers = ["Content-Type", "application/json", "Content-Length", String(body.length)];
  const close = ["Connection", "close"];
  response.writeHead(status, [...answerHeaders(request, origins), ...headers, ...close]).end(body);
}

function setHeaders(response: ServerResponse, headers: HeaderList): void {
  for (let i = 0; i < headers.length; i += 2) response.setHeader(headers[i] ?? "", headers[i + 1] ?? "");
}
