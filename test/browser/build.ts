import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Shared } from "../support/once-per-run.js";

const EXAMPLE = join(import.meta.dirname, "../../apps/example-react");

/** Builds the example app. Where its server is, and how it keeps its session, is said by whoever serves it. */
export async function buildExample(): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-example-"));
  const { build } = await import("vite");
  await build({
    root: EXAMPLE,
    logLevel: "error",
    define: {
      "import.meta.env.VITE_LATCHKEY_URL": "globalThis.exampleSettings.url",
      "import.meta.env.VITE_LATCHKEY_SESSION": "globalThis.exampleSettings.session",
    },
    resolve: { conditions: ["@latchkey/source", "module", "browser", "development|production"] },
    build: { outDir: folder, emptyOutDir: true, minify: false },
  });
  await writeFile(join(folder, "foreign.html"), "<p>A page of somebody else</p>");
  return { address: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
