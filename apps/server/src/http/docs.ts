import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Request, Response } from "express";

/** Scripts and styles from here only; Swagger UI draws its arrows with data: images. */
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

/** Swagger UI from local files: the page, its start, and the two assets that the build copied. */
export function docsPages(
  directory: string,
): ReadonlyArray<readonly [path: string, (request: Request, response: Response) => void]> {
  const text = (type: string, body: string) => (_: Request, response: Response) => {
    response.set({ "Content-Type": type, "Content-Security-Policy": POLICY }).send(body);
  };
  const asset = (name: string, type: string) => async (_: Request, response: Response) => {
    const path = join(directory, name);
    const { size } = await stat(path);
    response.set({
      "Content-Type": type,
      "Content-Length": String(size),
      "Cache-Control": "public, max-age=3600",
    });
    createReadStream(path).pipe(response);
  };
  return [
    ["/docs", text("text/html; charset=utf-8", PAGE)],
    ["/docs/start.js", text("text/javascript; charset=utf-8", START)],
    ...Object.entries(ASSETS).map(([name, type]) => [`/docs/${name}`, asset(name, type)] as const),
  ];
}
