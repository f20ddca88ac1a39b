import { afterEach, beforeEach, expect, it } from "vitest";
import { login, PASSWORD, registerUser, send, signUp } from "../../../support/rest.js";
import { valueElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const places = () => valueElsewhere(server, "SELECT count(*) FROM known_places");

it("no place is remembered of an account that an administrator has deleted", async () => {
  const email = await registerUser(server);
  await login(server, email);
  const { accounts, userAdministration } = server.app.features;
  const { uuid = "" } = (await accounts.find({ email })) ?? {};
  expect(await places()).toBe(1);
  await userAdministration.delete(uuid, { action: "users.delete", actor: "operator", language: "en" });
  expect(await places()).toBe(0);
});

it("no place is left of an account that is deleted while its owner signs in", async () => {
  for (let round = 0; round < 5; round++) {
    const { email, token } = await signUp(server);
    const signIns = Array.from({ length: 12 }, (_, i) =>
      send(server, "POST", "/api/users/login", {
        json: { email, password: PASSWORD },
        headers: { "Latchkey-Device": `another device of the owner ${round} ${i}` },
      }),
    );
    expect((await send(server, "DELETE", "/api/v1/account", { token })).status).toBe(204);
    for (const { status } of await Promise.all(signIns)) expect([200, 400]).toContain(status);
  }
  expect(await places()).toBe(0);
});
