import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findPython } from "../bridge/python.js";

/** A Python that has the packages that the clients were written against. */
export const twinPython = findPython(
  "import email_validator, fastapi, pydantic, sys, uvicorn; " +
    "sys.exit(not (fastapi.__version__.startswith('0.92.') and pydantic.VERSION.startswith('1.')))",
);

export interface Twin {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts FastAPI on a free port. */
export async function startTwin(python: string): Promise<Twin> {
  const child = spawn(python, [join(import.meta.dirname, "twin.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const port = await Promise.race([
    once(lines, "line").then(([line]) => String(line)),
    ended.then(([code]) => {
      throw new Error(`the twin ended with ${code}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
