import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clientTypes } from "../../packages/client/generate/client-types.js";
import { type InstalledPackage, withConsumer } from "../support/installed.js";
import { trialApi } from "../support/trial-api.js";

const CLIENT = "node_modules/@latchkey/client";

/** The client that is installed in a folder, as it would be if it were generated from the trial's contracts. */
export async function installedForTrial(from: string): Promise<InstalledPackage> {
  const folder = `${from}-trial`;
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await cp(join(from, CLIENT), join(folder, CLIENT), { recursive: true });
  await symlink(join(from, "node_modules/@trpc"), join(folder, "node_modules/@trpc"));
  // It holds types only: they are the same in a declaration.
  await writeFile(join(folder, CLIENT, "dist/api.generated.d.ts"), clientTypes(trialApi));
  // What is written today must compile as well.
  await withConsumer(folder, join(import.meta.dirname, "consumer"));
  return withConsumer(folder, join(import.meta.dirname, "consumer-trial"));
}
