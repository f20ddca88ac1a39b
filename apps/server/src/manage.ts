import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readiness } from "./http/health.js";
import { createManagement, type ManagementOptions } from "./http/management.js";
import type { httpSettings } from "./http/settings.js";
import type { Log } from "./platform/log.js";
import type { ValuesOf } from "./setting.js";

type Where = Pick<ValuesOf<typeof httpSettings>, "managementPort" | "managementHost">;

/** Between a primary and its workers. */
const QUESTION = "latchkey readiness?";
interface Reply {
  readonly type: "latchkey readiness";
  readonly readiness: Readiness;
}

/** A worker that does not answer within this time counts as one that cannot serve. */
const PATIENCE_MS = 1000;
const SILENT: Readiness = { httpStatus: 503, body: { status: "unavailable", checks: { database: "down" } } };
const FROM_BEST = ["ok", "degraded", "unavailable", "draining"] as const;

/** Listens on the management port. */
export async function listenForOperator(options: ManagementOptions, where: Where, log: Log): Promise<Server> {
  const server = createManagement(options).listen(where.managementPort, where.managementHost);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // Safe: it listens on a port, not on a pipe.
  log("info", "listening for the operator", { port });
  return server;
}

/** In a worker: tells the primary, whenever it asks, how it is. */
export function answerPrimary(readiness: () => Readiness): void {
  process.on("message", (message) => {
    if (message !== QUESTION) return;
    process.send?.({ type: "latchkey readiness", readiness: readiness() } satisfies Reply);
  });
}

/** In the primary: how the worst of the workers that serve is. */
export function readinessOfWorkers(): () => Promise<Readiness> {
  const serving = new Set<Worker>();
  cluster.on("listening", (worker) => serving.add(worker));
  cluster.on("exit", (worker) => serving.delete(worker));
  const rank = ({ body }: Readiness) => FROM_BEST.indexOf(body.status);
  return async () => {
    const all = await Promise.all([...serving].map(ask));
    const [worst] = all.sort((a, b) => rank(b) - rank(a));
    return worst ?? SILENT;
  };
}

function ask(worker: Worker): Promise<Readiness> {
  return new Promise((resolve) => {
    const finish = (readiness: Readiness) => {
      clearTimeout(timer);
      worker.off("message", hear);
      resolve(readiness);
    };
    const hear = (message: unknown) => {
      if (isReply(message)) finish(message.readiness);
    };
    const timer = setTimeout(() => finish(SILENT), PATIENCE_MS);
    worker.on("message", hear);
    // It may be gone already: then the timer answers.
    worker.send(QUESTION, () => {});
  });
}

function isReply(message: unknown): message is Reply {
  return (
    typeof message === "object" &&
    message !== null &&
    "type" in message &&
    message.type === "latchkey readiness"
  );
}
