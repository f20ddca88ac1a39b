import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const PAGE = "<!doctype html><title>A page</title>";

/** Two hosts of one site, over TLS, as the browser of the tests resolves them. */
export interface Neighbours {
  /** A page and, on all other paths, the server behind it. */
  readonly appUrl: string;
  /** A page that sets `planted`. */
  readonly neighbourUrl: string;
  /** The `Set-Cookie` headers of the neighbour's page, as bytes. */
  planted: readonly string[];
  /** The `Cookie` headers that reached the app, as bytes. */
  readonly received: string[];
  close(): void;
}

export async function openNeighbours(target: number): Promise<Neighbours> {
  const server = createServer(await certificate(), (request, response) => {
    const { headers, url = "/" } = request;
    if (headers.host?.startsWith("neighbour.")) {
      response
        .writeHead(200, { "Content-Type": "text/html", "Set-Cookie": [...neighbours.planted] })
        .end(PAGE);
      return;
    }
    neighbours.received.push(headers.cookie ?? "");
    if (url === "/") response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
    else pass(request, response, target);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const neighbours: Neighbours = {
    appUrl: `https://app.shop.test:${port}`,
    neighbourUrl: `https://neighbour.shop.test:${port}`,
    planted: [],
    received: [],
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return neighbours;
}

function pass(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url: path, headers } = request;
  const onward = forward({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

async function certificate() {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  try {
    const of = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    await promisify(execFile)("openssl", [
      ...["req", "-x509", ...of, "-subj", "/CN=shop.test", "-keyout", key, "-out", cert],
    ]);
    return { key: await readFile(key), cert: await readFile(cert) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
