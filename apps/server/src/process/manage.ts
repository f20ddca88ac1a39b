import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readiness } from "../http/mounts/health.js";
import type { httpSettings } from "../http/settings.js";
import type { ValuesOf } from "../settings/setting.js";
import type { Log } from "../world/log.js";
import type { Snapshot } from "../world/metrics.js";
import { createManagement, type ManagementOptions } from "./management.js";

type Where = Pick<ValuesOf<typeof httpSettings>, "managementPort" | "managementHost">;

/** What a primary asks its workers for, and the types of the answers. */
interface Answers {
  readonly readiness: Readiness;
  readonly metrics: Snapshot;
}
type Subject = keyof Answers;

/** A question from a primary to a worker. */
interface Question {
  readonly latchkeyAsks: Subject;
}
interface Reply<S extends Subject = Subject> {
  readonly latchkeyTells: S;
  readonly answer: Answers[S];
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
  log("info", "management port listening", { port });
  return server;
}

/** In a worker: reports its readiness and its metrics whenever the primary asks. */
export function answerPrimary(
  tell: { readonly [S in Subject]: () => Answers[S] | Promise<Answers[S]> },
): void {
  process.on("message", async (message) => {
    if (!isQuestion(message)) return;
    const { latchkeyAsks: subject } = message;
    process.send?.({ latchkeyTells: subject, answer: await tell[subject]() } satisfies Reply);
  });
}

/** In the primary: asks the workers that are serving. It does not wait for one that is still starting. */
export function workers(): {
  /** The worst readiness of them all. */
  readiness(): Promise<Readiness>;
  /** The metrics of those that answer. */
  metrics(): Promise<readonly Snapshot[]>;
} {
  const serving = new Set<Worker>();
  cluster.on("listening", (worker) => serving.add(worker));
  cluster.on("exit", (worker) => serving.delete(worker));
  const rank = ({ body }: Readiness) => FROM_BEST.indexOf(body.status);
  const askAll = <S extends Subject>(subject: S) =>
    Promise.all([...serving].map((worker) => ask(worker, subject)));
  return {
    async readiness() {
      const all = (await askAll("readiness")).map((answer) => answer ?? SILENT);
      const [worst] = all.sort((a, b) => rank(b) - rank(a));
      return worst ?? SILENT;
    },
    metrics: async () => (await askAll("metrics")).filter((answer) => answer !== undefined),
  };
}

function ask<S extends Subject>(worker: Worker, subject: S): Promise<Answers[S] | undefined> {
  return new Promise((resolve) => {
    const finish = (answer: Answers[S] | undefined) => {
      clearTimeout(timer);
      worker.off("message", hear);
      resolve(answer);
    };
    const hear = (message: unknown) => {
      if (isReply(message, subject)) finish(message.answer);
    };
    const timer = setTimeout(() => finish(undefined), PATIENCE_MS);
    worker.on("message", hear);
    // The worker may be gone already: then the timer answers.
    worker.send({ latchkeyAsks: subject } satisfies Question, () => {});
  });
}

function isQuestion(message: unknown): message is Question {
  return typeof message === "object" && message !== null && "latchkeyAsks" in message;
}

function isReply<S extends Subject>(message: unknown, subject: S): message is Reply<S> {
  return (
    typeof message === "object" &&
    message !== null &&
    "latchkeyTells" in message &&
    message.latchkeyTells === subject
  );
}
