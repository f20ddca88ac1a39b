import { afterEach, expect, it } from "vitest";
import { send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

const LISTED = "https://app.example.com";

let server: TestServer;
const start = async () => {
  server = await startServer({ environment: { CORS_ORIGINS: LISTED } });
};
afterEach(() => server.close());

const call = (headers: Readonly<Record<string, string>>, method = "POST") =>
  send(server, method, "/api/users/login", { headers });
/** The lines of the log that name the setting. */
const warnings = () =>
  server.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => String(msg).includes("CORS_ORIGINS"));

it("names the setting, once for each origin whose pages cannot read the answers", async () => {
  await start();
  for (const _ of [1, 2, 3]) await call({ Origin: "http://localhost:4200" });
  await call({ Origin: "capacitor://localhost", "Access-Control-Request-Method": "POST" }, "OPTIONS");
  expect(warnings()).toMatchObject([
    { level: 40, origin: "http://localhost:4200" },
    { level: 40, origin: "capacitor://localhost" },
  ]);
});

it("says nothing about listed pages, pages of the server's own, and what no setting can list", async () => {
  await start();
  await call({});
  await call({ Origin: LISTED });
  await call({ Origin: server.url });
  await call({ Origin: "https://login.example.com", "Sec-Fetch-Site": "same-origin" });
  await call({ Origin: "null" });
  for (const Origin of [
    "",
    "http://",
    "http://a b",
    "https://user@example.com",
    `http://${"a".repeat(200)}`,
    "x",
  ])
    await call({ Origin });
  expect(warnings()).toEqual([]);
});

it("stops after twenty, so that strangers can fill neither the log nor the memory", async () => {
  await start();
  for (let i = 0; i < 50; i++) await call({ Origin: `https://stranger-${i}.example` });
  const lines = warnings();
  expect(lines.filter(({ origin }) => origin !== undefined)).toHaveLength(20);
  expect(lines).toHaveLength(21);
});
