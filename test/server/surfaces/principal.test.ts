import { afterAll, beforeAll, expect, it } from "vitest";
import { createGuard } from "../../../apps/server/src/surfaces/principal.js";
import { signUp } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

it("finds the caller of a request once for all its calls, and of each request separately", async () => {
  const { email, token } = await signUp(server);
  const { sessions } = server.app.features;
  let times = 0;
  const guard = createGuard({
    isRecent: sessions.isRecent,
    factorGiven: sessions.factorGiven,
    enrolling: async () => undefined,
    provableBy: async () => ["password"],
    requiring: server.app.features.accounts.requiring,
    authenticate: (...presented) => {
      times++;
      return sessions.authenticate(...presented);
    },
  });
  const batch = { bearer: token };
  const found = await Promise.all([guard.authenticate(batch), guard.authenticate(batch)]);
  expect(found.map(({ account }) => account.email)).toEqual([email, email]);
  expect(times).toBe(1);
  // An expired token is enough to end the session, but for nothing else.
  server.clock.advance({ minutes: 181 });
  const late = { bearer: token };
  await guard.authenticate(late, "to end the session");
  await expect(guard.authenticate(late)).rejects.toMatchObject({ definition: { code: "TOKEN_EXPIRED" } });
  await expect(guard.authenticate({ bearer: token })).rejects.toThrow();
  expect(times).toBe(4);
});
