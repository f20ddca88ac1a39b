import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Answer, Mount } from "../../mount.js";

/** Scripts and styles from this server only; Swagger UI draws its arrows with data: images. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES = {
  "page.html": "text/html; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "start.js": "text/javascript; charset=utf-8",
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};
type Name = keyof typeof TYPES;

/** These are large and never change between releases of Latchkey. */
const CACHED = { "Cache-Control": "public, max-age=3600", Vary: "Origin" };

/** Swagger UI from local files, which the build copied. */
export function docsMounts(directory: string): readonly Mount[] {
  const file = (path: string, name: Name, headers: Answer["headers"]): Mount => {
    const bytes = readOnce(join(directory, name));
    const all = { "Content-Type": TYPES[name], "Content-Security-Policy": POLICY, ...headers };
    return { path, answer: async () => ({ headers: all, body: await bytes() }) };
  };
  const page = file("/docs", "page.html", {});
  return [
    { ...page, answer: (request) => (endsInSlash(request) ? WITHOUT_SLASH : page.answer(request)) },
    file("/docs/start.js", "start.js", {}),
    file("/docs/page.css", "page.css", {}),
    file("/docs/swagger-ui.css", "swagger-ui.css", CACHED),
    file("/docs/swagger-ui-bundle.js", "swagger-ui-bundle.js", CACHED),
  ];
}

/** The page's addresses are relative, so that it works behind a path prefix, and they need exactly this path. */
const WITHOUT_SLASH: Answer = { status: 308, headers: { Location: "../docs" }, body: "" };

const endsInSlash = ({ url = "" }: IncomingMessage) => /^[^?]*\/(\?|$)/.test(url);

/** Read at first use. From then on no client, however slow, keeps a file open. */
function readOnce(path: string): () => Promise<Buffer> {
  let reading: Promise<Buffer> | undefined;
  return () => {
    reading ??= readFile(path).catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
}
