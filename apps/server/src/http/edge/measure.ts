import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { pathOf } from "@latchkey/bridge";
import { countBy, type Metrics } from "../../world/metrics.js";
import { type Health, readiness } from "../mounts/health.js";
import { BOUNDS, type Bound } from "./connection.js";
import { isPreflight } from "./headers.js";

/** All paths with one of these prefixes count as one route. */
const TREES = ["/trpc", "/docs"];
const PREFLIGHT = "preflight";
const OTHER = "other";

/**
 * Counts a server's responses by route and status. A route is one of ours or `other`, never what a client
 * sent.
 */
export function measureAnswers(server: Server, paths: readonly string[], metrics: Metrics): void {
  const count = metrics.counter({
    name: "latchkey_http_requests_total",
    help: "HTTP requests by route and status; `aborted` if the client disconnected before its answer.",
    labels: ["route", "status"],
  });
  const other = countBy((status) => count(OTHER, status));
  const routes = new Map(
    [...paths, ...TREES, PREFLIGHT].map((route) => [route, countBy((status) => count(route, status))]),
  );
  // Before all other listeners, because Express shortens the URL while it looks for the handler.
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    metrics.observeLoop();
    const counted = routes.get(isPreflight(request) ? PREFLIGHT : routeOf(request.url ?? "")) ?? other;
    response.once("close", () =>
      counted(response.writableFinished ? String(response.statusCode) : "aborted"),
    );
  });
}

/** The route of a request target, if it is one of ours. */
function routeOf(target: string): string {
  const path = decoded(pathOf(target));
  const tree = TREES.find((each) => path.startsWith(`${each}/`));
  return tree ?? (path.endsWith("/") ? path.slice(0, -1) : path);
}

function decoded(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    // Not a path of ours: the response is 400 or 404, counted as `other`.
    return OTHER;
  }
}

/** Counts connections that were closed because a bound was reached. */
export function measureCuts(metrics: Metrics | undefined): (bound: Bound) => void {
  if (metrics === undefined) return () => {};
  const count = metrics.counter({
    name: "latchkey_http_connections_closed_total",
    help: "Connections that were closed because they reached a bound, by bound.",
    labels: ["bound"],
  });
  const counters = Object.fromEntries(BOUNDS.map((bound) => [bound, count(bound)]));
  return (bound) => counters[bound]?.();
}

/** Shows at each scrape whether the server's dependencies are up. Of several processes the worst counts. */
export function measureHealth(health: Health, metrics: Metrics): void {
  const gauge = (name: `latchkey_${string}`, help: string, isUp: () => boolean) =>
    metrics.gauge({ name, help: `${help}: 1 if so, 0 if not.`, together: "min" }, () => Number(isUp()));
  gauge(
    "latchkey_ready",
    "Whether the server should receive requests",
    () => readiness(health).httpStatus === 200,
  );
  gauge(
    "latchkey_database_up",
    "Whether the database answers and accepts writes",
    () => health.database() !== "down",
  );
  const { redis } = health;
  if (redis === undefined) return;
  gauge("latchkey_redis_up", "Whether Redis answers and holds the whole blacklist", () => redis() === "up");
}
