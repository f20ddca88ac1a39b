import { afterEach, beforeEach, expect, it } from "vitest";
import { openKnownPlaces } from "../../../../apps/server/src/features/known-places/index.js";
import { mailedSecret } from "../../../support/mail.js";
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

/** A proof that was given from a new device, before anything is remembered of it. */
async function proofOf(email: string) {
  const account = await server.app.features.accounts.find({ email });
  if (account === undefined) throw new Error("There is no such account");
  const origin = { network: () => "192.0.2.7", device: () => "a stranger's device, with a long random id" };
  const look = () => openKnownPlaces(server.host).look(account.uuid, origin);
  const proven = await (await look()).proven();
  const remember = () => proven.remember(server.app.features.accounts.requiring(account));
  return { remember, isKnown: async () => (await look()).device };
}

it("remembers a place where the password was right", async () => {
  const { remember, isKnown } = await proofOf(await registerUser(server));
  expect(await isKnown()).toBe(false);
  await remember();
  expect(await isKnown()).toBe(true);
});

it("does not remember a place whose proof came before the owner took the account over", async () => {
  const email = await registerUser(server);
  const { remember, isKnown } = await proofOf(email);
  await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
  const json = { secret: await mailedSecret(server, email), newPassword: "the owner's new password" };
  expect((await send(server, "POST", "/api/v1/recovery/complete", { json })).status).toBe(204);
  await remember();
  expect(await isKnown()).toBe(false);
  expect(server.logLines.filter((line) => line.includes("was not remembered"))).toEqual([]);
});

it("does not remember a place of an account that was deleted after the proof", async () => {
  const { email, token } = await signUp(server);
  const { remember, isKnown } = await proofOf(email);
  expect((await send(server, "DELETE", "/api/v1/account", { token })).status).toBe(204);
  await remember();
  expect(await isKnown()).toBe(false);
  expect(await places()).toBe(0);
});
