import cluster from "node:cluster";
import type { AddressInfo } from "node:net";
import type { App } from "../app.js";
import type { Host } from "../host.js";
import type { httpSettings } from "../http/settings.js";
import type { ValuesOf } from "../settings/setting.js";
import { answerPrimary, listenForOperator } from "./manage.js";

type HttpSettings = ValuesOf<typeof httpSettings>;

/** How soon a worker that died is replaced. */
const RESTART_MS = 500;
/**
 * What had been sent when the signal came is still read: connections that were not accepted yet, and requests
 * on idle ones.
 */
const GRACE_MS = 100;

/** Listens until a signal comes, then drains and ends the process with 0. */
export async function listen(app: App, host: Host, settings: HttpSettings): Promise<void> {
  const { server } = app;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Without a host Node listens on `::`, which includes IPv4, or on 0.0.0.0 if there is no IPv6.
    server.listen(
      { port: settings.port, ...(settings.host !== undefined && { host: settings.host }) },
      resolve,
    );
  });

  if (host.metrics !== undefined) {
    const { expose, snapshot } = host.metrics;
    // With several processes the primary listens for all of them.
    if (cluster.isWorker) answerPrimary({ readiness: app.readiness, metrics: snapshot });
    else await listenForOperator({ expose, readiness: app.readiness }, settings, host.log);
  }

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    host.log("info", "stopping", { signal });
    void drain(app, host, settings, signal === "SIGTERM" ? settings.drainSeconds * 1000 : 0);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);

  // Logged last, because a process that reads this may send a signal at once.
  const { port } = server.address() as AddressInfo; // Safe: it listens on a port, not on a pipe.
  host.log("info", "listening", { port, engine: app.features.hashingEngine });
  if (cluster.isPrimary || cluster.worker?.id === 1) process.stdout.write(welcome(port));
}

/**
 * First readiness fails, then new connections are refused, then idle connections are closed, then all of
 * them.
 */
async function drain(app: App, host: Host, { shutdownSeconds }: HttpSettings, waitMs: number): Promise<void> {
  app.startDraining();
  await new Promise((resolve) => setTimeout(resolve, Math.max(waitMs, GRACE_MS)));
  const closed = new Promise<void>((resolve) => app.server.close(() => resolve()));
  // A busy keep-alive socket is idle between two requests: that is the moment to close it.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 20);
  const deadline = setTimeout(() => app.server.closeAllConnections(), shutdownSeconds * 1000);
  app.server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
  await app.close();
  await host.close();
  host.log("info", "stopped");
  process.exit(0);
}

/** Keeps `count` workers running until a signal comes; exits with the last of them. */
export function supervise(count: number): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    stopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.kill(signal);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  cluster.on("exit", (worker, exitCode) => {
    // Restarting does not help a worker that could not even start.
    if (!stopping && worker.id <= count && !begun.has(worker.id)) return process.exit(exitCode ?? 1);
    if (!stopping) setTimeout(() => !stopping && cluster.fork(), RESTART_MS);
    else if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(0);
  });
  const begun = new Set<number>();
  cluster.on("listening", (worker) => begun.add(worker.id));
  for (let i = 0; i < count; i++) cluster.fork();
}

function welcome(port: number): string {
  const base = `http://localhost:${port}`;
  return `
  Latchkey is running.

    REST     ${base}/api
    tRPC     ${base}/trpc
    docs     ${base}/docs

  Try it:

    curl -X POST ${base}/api/auth/register \\
      -H "Content-Type: application/json" \\
      -d '{"username":"testuser","email":"test@example.com","password":"password123"}'

`;
}
