import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BUILT_SERVER } from "./launch.js";

it("has tRPC combine signals without finalizers, which would pile up in a flood of batches", async () => {
  const program = await readFile(join(BUILT_SERVER, "../main-program.js"), "utf8");
  const combine = /^function abortSignalsAnyPonyfill[\s\S]*?^}/m.exec(program)?.[0];
  expect(combine).toContain("addEventListener");
  expect(combine).not.toContain("AbortSignal.any(");
});
