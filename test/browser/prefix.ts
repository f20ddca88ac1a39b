import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy that serves another server below a path, as nginx does with `location /auth/ { proxy_pass http://…/; }`. */
export async function openPrefix(prefix: `/${string}/`, port: number) {
  const server = createServer((request, response) => {
    const { method, url = "/", headers } = request;
    if (!url.startsWith(prefix)) return response.writeHead(404).end();
    const path = url.slice(prefix.length - 1);
    const onward = forward({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
