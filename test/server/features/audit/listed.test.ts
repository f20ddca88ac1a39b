import { expect, it } from "vitest";
import { openAudit } from "../../../../apps/server/src/features/audit/index.js";
import { silentLog } from "../../../../apps/server/src/world/log.js";
import { createSeal } from "../../../../apps/server/src/world/seal.js";
import { describeEachEngine } from "../../../support/engines.js";
import { send, signUp } from "../../../support/rest.js";
import { frozenClock, startServer } from "../../../support/server.js";

describeEachEngine("the audit log in $engine", ({ open }) => {
  it("lists a failure as soon as its caller has been answered, although no caller waits for its entry", async () => {
    const { database, close } = await open();
    const world = { clock: frozenClock(), log: silentLog, seal: createSeal([]) };
    const host = { ...world, database, redis: undefined, metrics: undefined, close: async () => {} };
    const audit = await openAudit(host, { days: 30 }, 900_000);
    for (let i = 0; i < 5; i++) {
      const subject = `user ${i}`;
      const whence = { actor: "anonymous", network: "192.0.2.1", address: "192.0.2.1" };
      audit.recordFailure({ action: "auth.login", outcome: "INVALID_CREDENTIALS", subject, ...whence });
      const { entries } = await audit.list({ subject }, { limit: 10 });
      expect(entries).toMatchObject([{ subject, outcome: "INVALID_CREDENTIALS" }]);
    }
    await audit.close();
    await close();
  });
});

it("a user who was just refused finds that in the data of the account", async () => {
  const server = await startServer();
  const { token } = await signUp(server);
  const json = { password: "wrong" };
  for (let times = 1; times <= 3; times++) {
    await send(server, "POST", "/api/v1/account/confirm", { json, token });
    const { log } = (await send(server, "GET", "/api/v1/account/data", { token })).json;
    const refused = log.filter(({ outcome }: { outcome: string }) => outcome === "WRONG_PASSWORD");
    expect(refused).toHaveLength(times);
  }
  await server.close();
});
