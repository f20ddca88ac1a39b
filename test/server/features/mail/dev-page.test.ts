import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { passwordRecoveryLetter } from "../../../../apps/server/src/features/recovery/letters.js";
import { sendRaw } from "../../../support/raw-http.js";
import { send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
afterEach(() => server.close());

const link = "http://localhost:3000/recovery#secret=abc";
const write = async (to = "san@example.com") => {
  const { mail, mailWorker } = server.app.features;
  const values = { link, minutes: "30" };
  await mail.send(passwordRecoveryLetter, { to, language: "en", values });
  await mailWorker.deliver();
};
describe("/dev/mail", () => {
  it("shows the latest mails with links to follow, and escapes their contents", async () => {
    server = await startServer({ environment: { DEV_MAIL: "on" } });
    expect((await fetch(`${server.url}/dev/mail`)).status).toBe(200);
    await write("<script>@example.com");
    const response = await fetch(`${server.url}/dev/mail`);
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none';/);
    expect(text).toContain(`<a href="${link}">${link}</a>`);
    expect(text).toContain("&lt;script&gt;@example.com");
    expect(text).not.toContain("<script>");
  });

  it("does not exist unless it was enabled", async () => {
    server = await startServer();
    await write();
    expect((await send(server, "GET", "/dev/mail")).status).toBe(404);
  });

  it.each(["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host"])(
    "does not exist through a proxy that sends %s",
    async (name) => {
      server = await startServer({ environment: { DEV_MAIL: "on" } });
      await write();
      const { status, text } = await send(server, "GET", "/dev/mail", { headers: { [name]: "127.0.0.1" } });
      expect(status).toBe(404);
      expect(text).not.toContain("secret");
    },
  );

  it("does not exist for HTTP/1.0, which no browser but some proxies speak", async () => {
    server = await startServer({ environment: { DEV_MAIL: "on" } });
    const status = (version: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(server.port, "127.0.0.1");
        socket.once("data", (chunk) => {
          socket.destroy();
          resolve(chunk.toString("latin1").slice(9, 12));
        });
        socket.write(`GET /dev/mail HTTP/${version}\r\nHost: 127.0.0.1\r\n\r\n`);
      });
    expect([await status("1.1"), await status("1.0")]).toEqual(["200", "404"]);
  });

  it("does not exist under a foreign name that points here", async () => {
    server = await startServer({ environment: { DEV_MAIL: "on" } });
    // It says `Host: a`.
    expect((await sendRaw(server.port, { method: "GET", target: "/dev/mail" })).status).toBe(404);
  });
});

it("writes neither addresses nor secrets to the log, only the template", async () => {
  server = await startServer({ environment: { LOG_LEVEL: "trace" } });
  await write();
  const lines = server.logLines.join("");
  expect(lines).toMatch(/"template":"passwordRecovery","msg":"mail written"/);
  for (const secret of ["san@example.com", "abc", "secret="]) expect(lines).not.toContain(secret);
});
