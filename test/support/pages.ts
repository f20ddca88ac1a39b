import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** A server of static pages. */
export interface Pages {
  readonly port: number;
  /** Under the name that puts it on the same site as other servers of this machine. */
  readonly url: string;
  /** Under another name: to a browser, another site. */
  readonly otherSiteUrl: string;
  close(): void;
}

/** Serves the files of a folder, and its `index.html` for every page of it. */
export async function servePages(folder: string): Promise<Pages> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = extname(path) === "" ? "index.html" : path;
    try {
      const bytes = await readFile(join(folder, file));
      response
        .writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" })
        .end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://localhost:${port}`,
    otherSiteUrl: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
