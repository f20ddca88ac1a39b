import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** Talks until the other side closes. */
async function speak(head: string, bodyBytes = 0): Promise<{ readonly text: string; readonly sent: number }> {
  const socket = createConnection(server.port, "127.0.0.1");
  let text = "";
  let sent = 0;
  socket.on("data", (data) => {
    text += data.toString("latin1");
  });
  socket.on("error", () => {});
  socket.write(head);
  const piece = Buffer.alloc(65_536, "a");
  const pour = () => {
    while (sent < bodyBytes && socket.writable) {
      sent += piece.length;
      if (!socket.write(piece)) return void socket.once("drain", pour);
    }
  };
  pour();
  await new Promise((resolve) => socket.once("close", resolve));
  return { text, sent };
}

describe("a body that is not read", () => {
  const size = 50 * 1024 * 1024;
  it.each([
    ["/api/users/me", 405],
    ["/api/users/logout", 401],
    ["/api/users/login", 413],
    ["/trpc/users.login", 413],
    ["/nothing-here", 404],
    ["/livez", 405],
  ])("is cut off after its answer: %s %i", async (path, status) => {
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`;
    const { text, sent } = await speak(head, size);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(sent).toBeLessThan(size / 2);
  });
});

describe("a request without exactly one host", () => {
  it.each(["", "Host: a\r\nHost: b\r\n", "Host: a\r\nhOST: a\r\n"])("is refused once: %j", async (hosts) => {
    const inner = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    const { text } = await speak(`GET /api/users/me HTTP/1.1\r\n${hosts}\r\n${inner}`);
    expect(text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toMatch(/\{"detail":"The request must have exactly one Host header"\}$/);
  });
});
