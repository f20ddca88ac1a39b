import { mailErrors } from "@latchkey/contracts/errors/mail";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUSEKEEPING } from "../../../../apps/server/src/cause.js";
import { AppError } from "../../../../apps/server/src/error.js";
import type { Account } from "../../../../apps/server/src/features/accounts/service.js";
import type { LinkPurpose, UseLink } from "../../../../apps/server/src/features/mailed-links/service.js";
import { originOf } from "../../../support/origin.js";
import { registerUser } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

/** A link as a feature would declare it. */
const TRIAL: LinkPurpose = {
  name: "trial",
  path: "a/trial",
  lifetimeMs: 60_000,
  fits: (account, { email }) => account.email === email,
  ends: "same purpose",
};

const from = originOf("192.0.2.1");
const INVALID = { definition: mailErrors.LINK_INVALID };

let server: TestServer;
let account: Account;
beforeEach(async () => {
  server = await startServer();
  const found = await server.app.features.accounts.find({ email: await registerUser(server) });
  if (found === undefined) throw new Error("not registered");
  account = found;
});
afterEach(() => server.close());

const issue = async (purpose = TRIAL, email = account.email) => {
  const { link } = await server.app.features.links.issue(purpose, account, { email });
  return link.split("#secret=")[1] ?? "";
};
const unchanged: UseLink = async (read, { usesUp }) => {
  const end = { cause: HOUSEKEEPING };
  const changed = await server.app.features.accounts.change(read, { values: {} }, () => usesUp, end);
  return "changed" in changed ? changed.changed : undefined;
};
const redeem = (secret: string, use = unchanged, purpose = TRIAL) =>
  server.app.features.links.redeem(purpose, { secret, from }, use);

describe("a mailed link", () => {
  it("leads to the page that its purpose names, with a secret after the #", async () => {
    const { link, expiresAtMs } = await server.app.features.links.issue(TRIAL, account, account);
    expect(link).toMatch(/^http:\/\/localhost:3000\/a\/trial#secret=[\w-]{43}$/);
    expect(expiresAtMs).toBe(server.clock.nowMs() + TRIAL.lifetimeMs);
  });

  it("passes the account and the address it was mailed to to its use, and resolves to the result", async () => {
    const secret = await issue();
    const seen: unknown[] = [];
    const changed = { ...account, firstName: "changed" };
    const use: UseLink = async (...given) => {
      seen.push(...given);
      return changed;
    };
    expect(await redeem(secret, use)).toBe(changed);
    const { email, sessionEpoch: epoch } = account;
    expect(seen).toEqual([account, { email, epoch, sessionId: null, usesUp: expect.anything() }]);
  });

  it("works once", async () => {
    const secret = await issue();
    await redeem(secret);
    await expect(redeem(secret)).rejects.toMatchObject(INVALID);
  });

  it("works once for a hundred who use it at once in two processes: only one change is made", async () => {
    const secret = await issue();
    const { databasePath, clock } = server;
    const other = await startServer({ databasePath, clock });
    const before = account.updatedAtMs;
    const useAt = (at: TestServer) =>
      at.app.features.links.redeem(TRIAL, { secret, from }, async (read, { usesUp }) => {
        const end = { cause: HOUSEKEEPING };
        const result = await at.app.features.accounts.change(read, { values: {} }, () => usesUp, end);
        return "changed" in result ? result.changed : undefined;
      });
    const uses = Array.from({ length: 100 }, (_, i) => useAt(i % 2 ? server : other));
    const settled = await Promise.allSettled(uses);
    await other.close();
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const each of settled) if (each.status === "rejected") expect(each.reason).toMatchObject(INVALID);
    const after = await server.app.features.accounts.findByUuid(account.uuid);
    expect(after?.updatedAtMs).toBe(Math.max(clock.nowMs(), before + 1));
  });

  it("works only for its purpose", async () => {
    const secret = await issue();
    await expect(redeem(secret, unchanged, { ...TRIAL, name: "another" })).rejects.toMatchObject(INVALID);
    await redeem(secret);
  });

  it("is invalid once it has expired, or a newer one was made", async () => {
    const first = await issue();
    const second = await issue();
    await expect(redeem(first)).rejects.toMatchObject(INVALID);
    server.clock.advance({ ms: TRIAL.lifetimeMs });
    await expect(redeem(second)).rejects.toMatchObject(INVALID);
  });

  it("is refused if the account no longer meets the conditions of its purpose", async () => {
    const secret = await issue(TRIAL, "another@example.com");
    let isUsed = false;
    const use: UseLink = async (read) => {
      isUsed = true;
      return read;
    };
    await expect(redeem(secret, use)).rejects.toMatchObject(INVALID);
    expect(isUsed).toBe(false);
  });

  it("stays valid if its use has failed, and is refused if another change came first", async () => {
    const secret = await issue();
    const failing = redeem(secret, async () => {
      throw new Error("not today");
    });
    await expect(failing).rejects.toThrow("not today");
    await expect(redeem(secret, async () => undefined)).rejects.toMatchObject(INVALID);
    expect(await redeem(secret)).toMatchObject({ uuid: account.uuid });
  });

  it.each([
    ["same purpose", true],
    ["all", false],
  ] as const)("invalidates other links of its account when it is used: %s", async (ends, keepsOther) => {
    const purpose = { ...TRIAL, ends };
    const other = { ...TRIAL, name: "other" };
    const [secret, otherSecret] = [await issue(purpose), await issue(other)];
    await redeem(secret, unchanged, purpose);
    const usingOther = redeem(otherSecret, unchanged, other);
    if (keepsOther) expect(await usingOther).toMatchObject({ uuid: account.uuid });
    else await expect(usingOther).rejects.toMatchObject(INVALID);
  });
});

it("counts guesses by network, and refunds a correct one", async () => {
  const right = await Promise.all(
    Array.from({ length: 5 }, (_, i) => issue({ ...TRIAL, name: `trial ${i}` })),
  );
  for (const [i, secret] of right.entries())
    await redeem(secret, unchanged, { ...TRIAL, name: `trial ${i}` });
  const guesses = Array.from({ length: 301 }, (_, i) =>
    redeem(String(i).padStart(43, "a")).catch((error: unknown) => error),
  );
  const errors = await Promise.all(guesses);
  const codes = errors.map((error) => error instanceof AppError && error.definition.code);
  expect(codes.filter((code) => code === "LINK_INVALID")).toHaveLength(300);
  expect(codes.filter((code) => code === "RATE_LIMITED")).toHaveLength(1);
});
