// Puts load on a server from a separate process: reads a plan as JSON from the file in its argument, writes
// figures as JSON.
import { readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { openConnection } from "./connection.mjs";
import { tokenIn, UNIQUE } from "./requests.mjs";

/**
 * `cycle`: requests in turn; `unique`: the first one, each time with another number in it; `chain`: each
 * connection owns some tokens and exchanges each for the next. With `rate`, requests start by the clock,
 * whether or not answers come.
 * @typedef {{
 *   port: number, ports?: number[] | undefined, mode: "cycle" | "unique" | "chain", requests: string[], around?: string[], connections: number,
 *   warmupSeconds: number, seconds: number, rate?: number, first?: number,
 * }} Plan
 * @typedef {{ rps: number, p50: number, p99: number, max: number, failed: number, statuses: Record<string,
 *   number> }} Figures
 */

const LAST_ANSWER_MS = 15_000;
/** @type {Plan} */
const plan = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
try {
  // The server's delays are measured, not ours.
  setPriority(-10);
} catch {
  // Only root is allowed to: otherwise the figures include some of our own waiting.
}

const startMs = performance.now();
const fromMs = startMs + plan.warmupSeconds * 1000;
const untilMs = fromMs + plan.seconds * 1000;
/** @type {number[]} */
const latencies = [];
/** @type {Record<string, number>} */
const statuses = {};
let counter = plan.first ?? 0;

/** @param {number} sentMs @param {number} status */
function note(sentMs, status) {
  const nowMs = performance.now();
  // Closed loop: what ends within the window. By the clock: what begins in it, however late it ends.
  const isInside =
    plan.rate === undefined ? nowMs >= fromMs && nowMs < untilMs : sentMs >= fromMs && sentMs < untilMs;
  if (!isInside) return;
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (status === 200) latencies.push(nowMs - sentMs);
}

/** @returns {{ text: string, answered: (status: number, body: string) => void }} */
function next() {
  const number = counter++;
  const [head = "", tail = ""] = plan.around ?? [];
  switch (plan.mode) {
    case "cycle":
      return { text: plan.requests[number % plan.requests.length] ?? "", answered() {} };
    case "unique":
      return {
        text: plan.requests[0]?.replaceAll(UNIQUE, String(number).padStart(UNIQUE.length, "0")) ?? "",
        answered() {},
      };
    case "chain": {
      const token = plan.requests.shift() ?? "";
      const answered = (/** @type {number} */ _, /** @type {string} */ body) => {
        plan.requests.push(tokenIn(body) ?? token);
      };
      return { text: head + token + tail, answered };
    }
  }
}

const connections = Array.from({ length: plan.connections }, (_, number) =>
  openConnection(plan.ports?.[number % plan.ports.length] ?? plan.port),
);
await (plan.rate === undefined ? Promise.all(connections.map(closedLoop)) : byTheClock(plan.rate));
for (const connection of connections) connection.close();
process.stdout.write(JSON.stringify(figures()));
process.exit(0);

/** @param {import("./connection.mjs").Connection} connection @returns {Promise<void>} */
function closedLoop(connection) {
  return new Promise((resolve) => {
    const go = () => {
      const sentMs = performance.now();
      if (sentMs >= untilMs) return resolve();
      const { text, answered } = next();
      connection.send(text, (status, body) => {
        answered(status, body);
        note(sentMs, status);
        if (status === 0) setTimeout(go, 10);
        else go();
      });
    };
    go();
    setTimeout(resolve, untilMs - startMs + LAST_ANSWER_MS).unref();
  });
}

/** @param {number} rate @returns {Promise<void>} */
function byTheClock(rate) {
  const idle = [...connections];
  let sent = 0;
  let open = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      const due = ((Math.min(nowMs, untilMs) - startMs) / 1000) * rate;
      for (; sent < due && idle.length > 0; sent++) {
        const connection = idle.pop();
        // Counted from when it was due: a server that holds us up must not look fast because of it.
        const sentMs = plan.mode === "cycle" ? startMs + (sent / rate) * 1000 : nowMs;
        const { text, answered } = next();
        open++;
        connection?.send(text, (status, body) => {
          open--;
          idle.push(connection);
          answered(status, body);
          note(sentMs, status);
        });
      }
      // All connections are waiting: no further requests are offered.
      sent = Math.max(sent, Math.floor(due) - connections.length);
      const isOver = nowMs >= untilMs && (open === 0 || nowMs > untilMs + LAST_ANSWER_MS);
      if (!isOver) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
}

/** @returns {Figures} */
function figures() {
  latencies.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? Number.NaN;
  const ended = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  // By the clock, a request that never got an answer has failed too.
  const all = plan.rate === undefined ? ended : Math.max(ended, Math.round(plan.rate * plan.seconds));
  return {
    rps: latencies.length / plan.seconds,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    failed: all - latencies.length,
    statuses,
  };
}
