import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { login, registerUser, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  server = await startServer();
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

it("deletes postcards after 30 days in the background", async () => {
  const email = await registerUser(server);
  const texts = async () => {
    const { json } = await send(server, "GET", "/api/v1/postcards", { token: await login(server, email) });
    return json.postcards.map(({ text }: { readonly text: string }) => text);
  };
  for (const text of ["old", "new"]) {
    server.clock.advance({ days: 20 });
    const token = await login(server, email);
    await send(server, "POST", "/api/v1/postcards", { token, json: { text } });
  }
  server.clock.advance({ days: 15 });
  expect(await texts()).toEqual(["new", "old"]);
  await vi.advanceTimersByTimeAsync(600_000);
  await expect.poll(texts).toEqual(["new"]);
});
