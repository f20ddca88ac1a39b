import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const RELEASES = import.meta.dirname;

/** What a release left behind. */
export interface Release {
  /** SHA-256 of each migration, by its name. */
  readonly migrations: Readonly<Record<string, string>>;
  /** Of all accounts in its database. */
  readonly password: string;
  readonly email: string;
  /** An administrator. */
  readonly username: string;
  readonly disabled: string;
  /** Signed with a key of its database, and of a session that is alive. */
  readonly token: string;
  readonly signedOut: string;
  /** How many rows its database has in each table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** The versions that were released, as far as this checkout knows: no tags are needed. */
export function releasedVersions(): readonly string[] {
  return readdirSync(RELEASES).flatMap((name) => /^(\d+\.\d+\.\d+)\.json$/.exec(name)?.[1] ?? []);
}

export function readRelease(version: string): Release & { readonly sql: string } {
  const read = (suffix: string) => readFileSync(join(RELEASES, version + suffix), "utf8");
  return { ...JSON.parse(read(".json")), sql: read(".sql") };
}

/** SHA-256 of each migration in a folder, by its name. */
export function hashesIn(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return Object.fromEntries(
    names.sort().map((name) => [name.replace(/\.sql$/, ""), hashOf(readFileSync(join(folder, name)))]),
  );
}

const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
