import { afterEach, expect, it } from "vitest";
import { templatesTo } from "../../../support/mail.js";
import { send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
const start = async () => {
  server = await startServer({ environment: { MAIL_NOTICES: "on" } });
};
afterEach(() => server.close());

it("a stolen session is announced to its user", async () => {
  await start();
  const { email, token } = await signUp(server);
  const refresh = (key: string) =>
    send(server, "POST", "/api/users/refresh_token", { token, headers: { "Idempotency-Key": key } });
  expect((await refresh("idempotency-key-1")).status).toBe(200);
  server.clock.advance({ minutes: 2 });
  expect((await refresh("another-key-by-a-thief")).status).toBe(403);
  expect(await templatesTo(server, email)).toEqual(["theftNoticed"]);
});
