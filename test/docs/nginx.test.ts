import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort } from "../support/port.js";
import { PASSWORD, registerUser, send } from "../support/rest.js";
import { startServer } from "../support/server.js";
import { block } from "./markdown.js";

const LOCATION = block("apps/docs/guide/operate.md", "nginx", "location /auth/");

/** A real nginx with the guide's block, on a port that browsers name in `Host` and `Origin`. */
async function startNginx(folder: string, location: string) {
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join("\n");
  const file = join(folder, "nginx.conf");
  const settings = `
    daemon off; master_process off; pid ${join(folder, "pid")}; error_log ${join(folder, "log")};
    events {}
    http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; ${location} } }`;
  await writeFile(file, settings);
  const nginx = spawn("nginx", ["-e", join(folder, "log"), "-c", file], { stdio: "ignore" });
  const origin = `http://127.0.0.1:${port}`;
  const isListening = () => fetch(origin).then(Boolean, () => false);
  await expect.poll(isListening, { timeout: 10_000 }).toBe(true);
  return {
    origin,
    async close() {
      nginx.kill();
      await once(nginx, "close");
    },
  };
}

it.skipIf(spawnSync("nginx", ["-v"]).status !== 0)(
  "the guide's block for nginx keeps sessions in cookies, on any port",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "latchkey-nginx-"));
    const server = await startServer({ environment: { COOKIE_SESSIONS: "on", TRUST_PROXY: "1" } });
    const email = await registerUser(server);
    const nginx = await startNginx(folder, LOCATION.replace("127.0.0.1:8000", `127.0.0.1:${server.port}`));
    // A browser that does not send Sec-Fetch-Site: only the origin tells whose page it is.
    const headers = { Origin: nginx.origin, "Latchkey-Session": "cookie" };
    const json = { email, password: PASSWORD };
    const answer = await send({ url: `${nginx.origin}/auth` }, "POST", "/api/users/login", { headers, json });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([
      200,
      expect.stringContaining("__Host-latchkey="),
    ]);
    await nginx.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  },
);
