import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, login, registerUser, send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** An account with so many entries about it, each as large as a client can make it. */
async function longLived(entries: number) {
  const email = await registerUser(server, freshEmail());
  const account = await server.app.features.accounts.find({ email });
  if (account === undefined) throw new Error("not registered");
  const { audit } = server.app.features;
  const entry = {
    action: "account.update",
    actor: account.uuid,
    subject: account.uuid,
    userAgent: "U".repeat(512),
  };
  await Promise.all(Array.from({ length: entries }, () => audit.record(entry)));
  return { account, token: await login(server, email) };
}

describe("a download of one's data", () => {
  it("is made once of twenty that one batch asks for, and the others are told to come back", async () => {
    const { token } = await longLived(1200);
    const path = `${Array(20).fill("account.exportData").join(",")}?batch=1`;
    const { json, headers } = await call(server, "query", path, { token });
    const codes = json.map((each: { error?: { data: { appCode: string } } }) => each.error?.data.appCode);
    expect(codes.filter((code: unknown) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code: unknown) => code === "UNAVAILABLE")).toHaveLength(19);
    expect(headers.get("retry-after")).toBe("1");
    expect((await send(server, "GET", "/api/v1/account/data", { token })).status).toBe(200);
  });

  it("is made for few accounts at once, and for the others afterwards", async () => {
    const owners = [];
    for (let i = 0; i < 5; i++) owners.push(await longLived(600));
    const { ownAccount } = server.app.features;
    const outcomes = await Promise.allSettled(owners.map(({ account }) => ownAccount.exportData(account)));
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
      "rejected",
    ]);
    for (const { account } of owners)
      expect((await ownAccount.exportData(account)).log.entries).toHaveLength(602);
  });

  it("holds a bounded part of a long log, the newest entries first, and says that there are older ones", async () => {
    const { token } = await longLived(10_000);
    const { status, text, json } = await send(server, "GET", "/api/v1/account/data", { token });
    expect(status).toBe(200);
    expect(text.length).toBeLessThan(2.5 * 1024 * 1024);
    expect(json.log.length).toBeGreaterThan(2000);
    expect(json.log[0].action).toBe("users.login");
    expect(json.hasOlderEntries).toBe(true);
  });

  it("says that its log is whole if it is", async () => {
    const { token } = await signUp(server);
    const { json } = await send(server, "GET", "/api/v1/account/data", { token });
    expect(json.hasOlderEntries).toBe(false);
  });
});
