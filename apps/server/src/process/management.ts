import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { boundServer } from "../http/edge/bounds.js";
import type { Readiness } from "../http/mounts/health.js";
import { hostName, isLoopback, namesLoopback } from "../world/loopback.js";
import type { Expose, Exposition } from "../world/metrics.js";

const MAX_CONNECTIONS = 100;

export interface ManagementOptions {
  readonly expose: Expose;
  readonly readiness: () => Readiness | Promise<Readiness>;
}

/**
 * The operator's own server: metrics and health, on a port that the public cannot reach. It does not listen
 * yet.
 */
export function createManagement({ expose, readiness }: ManagementOptions): Server {
  let rendering: Promise<Exposition> | undefined;
  const pages: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    async "/livez"(response) {
      send(response, 200, { status: "ok" });
    },
    async "/readyz"(response) {
      const { httpStatus, body } = await readiness();
      send(response, httpStatus, body);
    },
    async "/metrics"(response) {
      // Those who ask while it is rendered get the same bytes.
      rendering ??= expose().finally(() => {
        rendering = undefined;
      });
      const { contentType, text } = await rendering;
      response.writeHead(200, { "Content-Type": contentType, "Cache-Control": "no-store" }).end(text);
    },
  };
  const begin = (request: IncomingMessage, response: ServerResponse) => {
    if (!namesThisServer(request)) return send(response, 421, { detail: "This host is not served here" });
    const path = (request.url ?? "").replace(/\?.*$/, "");
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) return send(response, 404, { detail: "Not Found" });
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return send(response, 405, { detail: "Method Not Allowed" });
    }
    // If a worker does not answer its primary, the monitoring system is told so, too.
    page(response).catch(() => send(response, 503, { detail: "Temporarily unavailable" }));
  };
  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 5000,
    connectionsCheckingInterval: 2000,
  });
  // Its callers must not take the memory of the server that they watch.
  const counts = { inAll: MAX_CONNECTIONS, perNetwork: MAX_CONNECTIONS };
  const { handle } = boundServer(server, {
    counts,
    networksOf: () => [],
    pathOf: () => [],
    begin,
    onCut: () => {},
  });
  return server.on("request", handle);
}

/**
 * A page in a browser on this machine could otherwise read the port under a name of its own that resolves to a
 * loopback address. Elsewhere monitoring systems come by names that only the operator knows.
 */
function namesThisServer({ socket, headers, httpVersion }: IncomingMessage): boolean {
  const { host } = headers;
  if (!isLoopback(socket.localAddress ?? "") || isIP(hostName(host)) !== 0) return true;
  return host === undefined ? httpVersion === "1.0" : namesLoopback(host);
}

function send(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" })
    .end(JSON.stringify(body));
}
