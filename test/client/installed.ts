import { join } from "node:path";
import { type InstalledPackage, installPackage } from "../support/installed.js";

/** Compilers before the workspace's own that users may have, as npm's aliases for them. */
export const OLDER_COMPILERS = ["typescript-5.7", "typescript-5.9", "typescript-6.0"] as const;
const OLDER_PACKAGES = [
  "typescript-5.7@npm:typescript@5.7.3",
  "typescript-5.9@npm:typescript@5.9.3",
  "typescript-6.0@npm:typescript@6.0.3",
];

/** The client as its users have it. */
export interface InstalledClient extends InstalledPackage {
  /** Whether the older compilers are there as well: not where there is neither a registry nor a copy of them. */
  readonly hasOlderCompilers: boolean;
}

export async function installClient(): Promise<InstalledClient> {
  const consumer = join(import.meta.dirname, "consumer");
  const installed = await installPackage({ name: "client", consumer });
  const hasOlderCompilers = await installed.add(...OLDER_PACKAGES).then(
    () => true,
    () => false,
  );
  return { ...installed, hasOlderCompilers };
}
