import { readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

it("serves Swagger UI from local files, under a policy that allows nothing else", async () => {
  const page = await fetch(`${server.url}/docs`);
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'/);
  const html = await page.text();
  expect(html).not.toMatch(/https?:\/\/|<script>|style=/);
  for (const [, path] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    const asset = await fetch(server.url + path);
    expect([path, asset.status]).toEqual([path, 200]);
    expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(0);
  }
});

it("keeps no file open for clients that disconnect during a download", async () => {
  const openFiles = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).includes("swagger-ui");
      } catch {
        return false;
      }
    });
  for (let i = 0; i < 50; i++) {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise<void>((resolve) => {
      socket.once("data", () => {
        socket.destroy();
        resolve();
      });
      socket.write("GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n");
    });
  }
  expect(openFiles()).toEqual([]);
  expect((await send(server, "GET", "/livez")).status).toBe(200);
});
