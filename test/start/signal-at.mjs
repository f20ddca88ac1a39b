// Loaded before the server: sends it a signal from outside, STOP_AFTER_MS after it first listens for it. Fails if
// the program was loaded before that.
import { spawn } from "node:child_process";
import cluster from "node:cluster";
import { createRequire } from "node:module";

const { STOP_WITH = "", STOP_AFTER_MS = "" } = process.env;
const arrange = (event) => {
  if (event !== STOP_WITH) return;
  process.off("newListener", arrange);
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  if (loaded.some((path) => path.includes("better-sqlite3")))
    throw new Error("The program is loaded already");
  const kill = `sleep ${Number(STOP_AFTER_MS) / 1000}; kill -s ${STOP_WITH.slice(3)} ${process.pid}`;
  spawn("sh", ["-c", kill], { stdio: "ignore", detached: true }).unref();
};
if (cluster.isPrimary) process.on("newListener", arrange);
