import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mount } from "../../mount.js";

/** Scripts and styles from this server only; Swagger UI draws its arrows with data: images. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Latchkey API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
`;

const ASSETS = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** Swagger UI from local files: the page, its start script, and the two assets that the build copied. */
export function docsMounts(directory: string): readonly Mount[] {
  const text = (path: string, type: string, body: string): Mount => {
    const headers = { "Content-Type": type, "Content-Security-Policy": POLICY };
    return { path, answer: () => ({ headers, body }) };
  };
  const asset = ([name, type]: readonly [string, string]): Mount => {
    const bytes = readOnce(join(directory, name));
    const headers = { "Content-Type": type, "Cache-Control": "public, max-age=3600", Vary: "Origin" };
    return { path: `/docs/${name}`, answer: async () => ({ headers, body: await bytes() }) };
  };
  return [
    text("/docs", "text/html; charset=utf-8", PAGE),
    text("/docs/start.js", "text/javascript; charset=utf-8", START),
    ...Object.entries(ASSETS).map(asset),
  ];
}

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
