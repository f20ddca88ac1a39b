import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { FLOORS, type Row } from "./house.js";

const root = join(import.meta.dirname, "../..");

/** The paths of the source files of apps and packages, except generated ones. */
export const sources: readonly string[] = ["apps", "packages"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  )
  .filter(
    (file) => /^[^/]+\/[^/]+\/(src|generate)\/.*\.(ts|tsx|mjs)$/.test(file) && !/\.generated\./.test(file),
  )
  .filter((file) => !/^apps\/[^/]+\/generate\//.test(file) && !file.includes("node_modules"))
  .sort();

export const read = (file: string) => readFileSync(join(root, file), "utf8");

/** The target of an import. */
export interface Import {
  readonly specifier: string;
  /** Whether it imports types only, so that nothing of it exists at run time. */
  readonly isType: boolean;
  readonly to: { readonly node: true } | { readonly npm: string } | { readonly path: string };
}

const IMPORT = /(?:\b(import|export)\s+(type\s)?[^;"]*?\bfrom\s+|(?<![".])\bimport\s*\(?\s*)"([^"\s]+)"/g;
const PACKAGES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^@latchkey\/contracts\/openapi\.json$/, "packages/contracts/openapi.generated"],
  [/^@latchkey\/contracts\/(.*)$/, "packages/contracts/src/$1"],
  [/^@latchkey\/guard\/(.*)$/, "packages/guard/src/$1"],
  [/^@latchkey\/(bridge|client)$/, "packages/$1/src/index"],
  [/^@latchkey\/client\/(.*)$/, "packages/client/src/$1"],
];

export const withoutExtension = (path: string) => path.replace(/\.(js|ts|tsx|mjs)$/, "");

export function importsOf(file: string): readonly Import[] {
  return [...read(file).matchAll(IMPORT)].map(([, , type, specifier = ""]) => ({
    specifier,
    isType: type !== undefined,
    to: targetOf(file, specifier),
  }));
}

function targetOf(file: string, specifier: string): Import["to"] {
  if (specifier.startsWith("node:")) return { node: true };
  if (specifier.startsWith(".")) return { path: withoutExtension(normalize(join(dirname(file), specifier))) };
  const own = PACKAGES.find(([pattern]) => pattern.test(specifier));
  if (own !== undefined) return { path: specifier.replace(...own) };
  const parts = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1);
  return { npm: parts.join("/") };
}

/** The feature that a path of the server belongs to. */
export function featureOf(path: string): string | undefined {
  return /^apps\/server\/src\/features\/([^/]+)\//.exec(path)?.[1];
}

/** Counted from the ground up; -1 for a feature that has no floor. */
export const floorOf = (feature: string) => FLOORS.findIndex((floor) => floor.includes(feature));

/** What has no effects and depends on nothing but its arguments. */
const PURE = /^(packages\/contracts\/|apps\/server\/src\/world\/(awaitable|json-size|times)$)/;

/** Whether a file of this row may have the import. */
export function isAllowed(file: string, row: Row, { to, isType }: Import): boolean {
  if (row.pure && !isType && !("path" in to && PURE.test(to.path))) return false;
  if ("node" in to) return row.browser === undefined;
  if ("npm" in to) return row.npm?.includes(to.npm) ?? false;
  const matches = row.may.some(({ paths }) =>
    new RegExp(`^(${paths.replaceAll("{dir}", dirname(file))})$`).test(to.path),
  );
  return matches || (row.floors === true && isService(to.path) && standsOnIt(file, to.path));
}

const isService = (path: string) => /\/features\/.+\/service$/.test(path);

/** Whether the feature of a file is on the same floor as another one, or above it. */
function standsOnIt(file: string, path: string): boolean {
  const [own, other] = [featureOf(file), featureOf(path)];
  return own !== undefined && other !== undefined && floorOf(other) >= 0 && floorOf(other) <= floorOf(own);
}
