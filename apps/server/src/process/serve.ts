import cluster from "node:cluster";
import type { AddressInfo } from "node:net";
import type { App } from "../app.js";
import type { Host } from "../host.js";
import type { httpSettings } from "../http/settings.js";
import type { ValuesOf } from "../settings/setting.js";
import { answerPrimary, listenForOperator } from "./manage.js";
import type { Output } from "./output.js";
import type { StopSignals } from "./stop-signals.js";
import { greet } from "./welcome.js";

type HttpSettings = ValuesOf<typeof httpSettings>;

/**
 * What had been sent when the signal came is still read: connections that were not accepted yet, and requests
 * on idle ones.
 */
const GRACE_MS = 100;
/**
 * How many connections may wait to be accepted, as far as the kernel allows (`net.core.somaxconn`). Of those
 * beyond, the kernel drops the first packet and the client tries again after a second: strangers who connect
 * by the thousand must not do that to others.
 */
const BACKLOG = 4096;

/** Listens until a signal comes, then drains and ends the process with 0. */
export async function listen(app: App, host: Host, deps: Serving): Promise<void> {
  const { server } = app;
  const { settings, output, signals } = deps;
  let isReady = false;
  const end = async (signal: NodeJS.Signals) => {
    host.log("info", "stopping", { signal });
    // A person who presses Ctrl-C does not wait for a load balancer, and none knows a server that is not ready.
    await drain(app, settings, signal === "SIGINT" || !isReady ? 0 : settings.drainSeconds * 1000);
    await host.close();
    host.log("info", "stopped");
    await output.exit(0);
  };
  // It came while the server was being opened.
  const early = signals.received();
  if (early !== undefined) return end(early);

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Without a host Node listens on `::`, which includes IPv4, or on 0.0.0.0 if there is no IPv6.
    const host = settings.host !== undefined && { host: settings.host };
    server.listen({ port: settings.port, ...host, backlog: BACKLOG }, resolve);
  });

  if (host.metrics !== undefined) {
    const { expose, snapshot } = host.metrics;
    // With several processes the primary listens for all of them.
    if (cluster.isWorker) answerPrimary({ readiness: app.readiness, metrics: snapshot });
    else await listenForOperator({ expose, readiness: app.readiness }, settings, host.log);
  }

  signals.onFirst((signal) => void end(signal));
  if (signals.received() !== undefined) return;

  // Logged last, because a process that reads this may send a signal at once.
  const { port } = server.address() as AddressInfo; // Safe: it listens on a port, not on a pipe.
  host.log("info", "listening", { port, engine: app.features.hashingEngine });
  if (cluster.isPrimary) greet(port, output);
  isReady = true;
}

/** What a listening server needs in addition to the app and its host. */
interface Serving {
  readonly settings: HttpSettings;
  readonly output: Output;
  readonly signals: StopSignals;
}

/**
 * First readiness fails, then new connections are refused, then idle connections are closed, then all of
 * them.
 */
async function drain(app: App, { shutdownSeconds }: HttpSettings, waitMs: number): Promise<void> {
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
}
