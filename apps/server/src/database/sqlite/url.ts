import { resolve } from "node:path";

type Parsed = { readonly value: string } | { readonly fault: string };

/** The kernel's own trees cannot hold our files; `/dev/shm` is memory that can. */
const KERNEL = /^\/(proc|sys|dev(?!\/shm\/))(\/|$)/;

/**
 * What a shell would have replaced or removed. In a settings file, for systemd and for Docker it is a part of
 * the path, which would then lead into a new folder of that name.
 */
const SHELL = /^[~"'`]|\$/;
const NO_SHELL =
  "must be the path itself: ~, variables and quotation marks are not replaced (a file: URL has %24 for $)";

/** Reads the path of a file, or its `file:` URL. */
export function parseSqliteUrl(value: string): Parsed {
  const result = fileOf(value);
  if ("value" in result && result.value.includes("\0")) return { fault: "must not contain a NUL" };
  if (SHELL.test(value)) return { fault: NO_SHELL };
  if ("value" in result && KERNEL.test(resolve(result.value))) {
    return { fault: "must name a file outside /proc, /sys and /dev" };
  }
  return result;
}

function fileOf(value: string): Parsed {
  if (value.startsWith("file:")) {
    const path = value.slice("file:".length).replace(/^\/\/(localhost)?(?=\/)/, "");
    const decoded = decodePath(path);
    if (decoded === undefined)
      return { fault: "must have two hexadecimal digits after each % of a file: URL" };
    return path === "" || path.includes("?") ? { fault: "must name a file" } : { value: decoded };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || value === ":memory:") {
    return { fault: "must be the path or the file: URL of a SQLite file, or a postgres:// URL" };
  }
  return { value };
}

/** `undefined` if it is not percent-encoded UTF-8. */
function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
