import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Shared } from "../support/once-per-run.js";

const EXAMPLE = join(import.meta.dirname, "../../apps/example-react");

/**
 * Builds the example app. The server that serves it tells it where the Latchkey server is and how to keep its
 * session.
 */
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
  await writeFile(join(folder, "foreign.html"), "<p>A foreign page</p>");
  return { address: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
