import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../../../../apps/server/src/features/accounts/service.js";
import type { FactorInput, SecondFactor } from "../../../../apps/server/src/features/factors/service.js";
import { openTotpStore } from "../../../../apps/server/src/features/factors/totp/index.js";
import { addApp, codeNow, signInFrom } from "../../../support/factors.js";
import { hasOathtool, oathtool } from "../../../support/oathtool.js";
import { send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { newAdmin } from "../user-administration/doors.js";

const FACTORS = "/api/v1/account/factors";
const TOTP = `${FACTORS}/totp`;
const STEP_MS = 30_000;

let server: TestServer;
let email: string;
let token: string;
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  server = await startServer({ environment: { MAIL_NOTICES: "on", ...environment } });
  ({ email, token } = await signUp(server));
};
beforeEach(() => start());
afterEach(() => server.close());

const get = (path: string) => send(server, "GET", path, { token });
const post = (path: string, json?: unknown) =>
  send(server, "POST", path, { token, ...(json !== undefined && { json }) });
const account = async (): Promise<Account> => {
  const found = await server.app.features.accounts.find({ email });
  if (found === undefined) throw new Error("no account");
  return found;
};
/** Asks a kind of factor as sign-ins do. */
const asked = async (kind: "totp" | "recoveryCodes", code: string) => {
  const { factor }: { readonly factor: SecondFactor } = server.app.features[kind];
  const given: FactorInput = { kind: kind === "totp" ? "totp" : "recoveryCode", code };
  return factor.verify(await account(), given, signInFrom("192.0.2.1"));
};
const audited = async (action: string) => {
  const { entries } = await server.app.features.audit.list({ action }, { limit: 10 });
  return entries.map(({ details, ...entry }) => ({ ...entry, details: JSON.parse(details ?? "{}") }));
};
/** The texts of the letters of a kind to the owner. */
const letters = async (template: string) => {
  const { mail } = server.app.features;
  const sent = (await mail.list({ limit: 100 })).filter(
    (each) => each.to === email && each.template === template,
  );
  return Promise.all(sent.map(async ({ id }) => (await mail.read(id))?.rendered?.text ?? ""));
};

describe("an authenticator app", () => {
  it("is added with a secret that any app can read, and a code that it shows", async () => {
    const begun = await post(TOTP, { name: "My phone" });
    expect(begun).toMatchObject({
      status: 200,
      json: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        uri: expect.stringMatching(
          /^otpauth:\/\/totp\/Latchkey:user[^?]*\?secret=[A-Z2-7]{32}&algorithm=SHA1&digits=6/,
        ),
        qrCode: expect.stringMatching(/^<svg .*<\/svg>$/),
        expiresAt: new Date(server.clock.nowMs() + 30 * 60_000).toISOString(),
      },
    });
    // It does not count yet.
    expect((await get(FACTORS)).json).toEqual({ factors: [], recoveryCodesLeft: 0, required: false });
    expect((await account()).factorGeneration).toBe(0);

    const { id, secret } = begun.json;
    const code = hasOathtool ? oathtool(secret, { atMs: server.clock.nowMs() })[0] : codeNow(server, secret);
    const confirmed = await post(`${TOTP}/${id}/confirm`, { code: `${code?.slice(0, 3)} ${code?.slice(3)}` });
    const createdAt = new Date(server.clock.nowMs()).toISOString();
    const factor = { id, kind: "totp", name: "My phone", createdAt, lastUsedAt: null };
    expect(confirmed).toMatchObject({ status: 200, json: { factor, recoveryCodes: expect.any(Array) } });
    expect(new Set(confirmed.json.recoveryCodes).size).toBe(10);
    expect((await get(FACTORS)).json).toEqual({ factors: [factor], recoveryCodesLeft: 10, required: false });
    expect((await account()).factorGeneration).toBeGreaterThan(0);
    const data = await get("/api/v1/account/data");
    expect(data.json.factors).toEqual([factor]);
    expect(data.text).not.toContain(secret);
    expect(await letters("factorAdded")).toEqual([
      expect.stringContaining("an authenticator app was added to your account"),
    ]);
    expect(await audited("factors.add_totp")).toMatchObject([
      { outcome: "ok", actor: (await account()).uuid, details: { factor: "totp" } },
    ]);
  });

  it("is not added by a wrong code, twice, or after half an hour", async () => {
    const { id, secret } = (await post(TOTP, { name: "x" })).json;
    const confirm = (code: string) => post(`${TOTP}/${id}/confirm`, { code });
    const wrong = codeNow(server, secret, 5);
    expect(await confirm(wrong)).toMatchObject({ status: 403, json: { error: { code: "FACTOR_WRONG" } } });
    expect(await confirm(codeNow(server, secret))).toMatchObject({ status: 200 });
    expect(await confirm(codeNow(server, secret, 1))).toMatchObject({
      json: { error: { code: "FACTOR_UNKNOWN" } },
    });

    const late = await server.app.features.totp.begin(await account(), "late");
    server.clock.advance({ ms: 30 * 60_000 });
    const confirming = server.app.features.totp.confirm(
      await account(),
      { id: late.id, code: codeNow(server, late.secret) },
      { language: "en" },
    );
    await expect(confirming).rejects.toMatchObject({ definition: { code: "FACTOR_UNKNOWN" } });
    expect(await server.app.features.totp.deleteOver()).toBe(0);
    server.clock.advance({ ms: 1 });
    expect(await server.app.features.totp.deleteOver()).toBe(1);
  });

  it("counts a code once for a hundred who give it at once in two processes, and never again", async () => {
    const { secret } = await addApp(server, token);
    // The code that confirmed it has been used.
    expect(await asked("totp", codeNow(server, secret))).toBe(false);
    server.clock.advance({ ms: STEP_MS });
    const code = codeNow(server, secret);
    const { databasePath, clock } = server;
    const other = await startServer({ databasePath, clock });
    const owner = await account();
    const from = signInFrom("192.0.2.1");
    const given = { kind: "totp", code } as const;
    const verified = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 === 0 ? server : other).app.features.totp.factor.verify(owner, given, from),
      ),
    );
    await other.close();
    expect(verified.filter((each) => each)).toHaveLength(1);
    expect(await asked("totp", code)).toBe(false);
    server.clock.advance({ ms: STEP_MS });
    expect(await asked("totp", code)).toBe(false);
    expect(await asked("totp", codeNow(server, secret))).toBe(true);
    expect((await get(FACTORS)).json.factors[0].lastUsedAt).toBe(
      new Date(server.clock.nowMs()).toISOString(),
    );
  });

  it("is one of five at most, and each counts", async () => {
    const apps = [];
    for (const name of ["1", "2", "3", "4", "5"]) apps.push(await addApp(server, token, name));
    expect(apps.map(({ recoveryCodes }) => recoveryCodes?.length)).toEqual([10, ...Array(4).fill(undefined)]);
    expect(await post(TOTP, { name: "6" })).toMatchObject({
      status: 409,
      json: { error: { code: "TOO_MANY_FACTORS" } },
    });
    server.clock.advance({ ms: STEP_MS });
    for (const { secret } of apps) expect(await asked("totp", codeNow(server, secret))).toBe(true);
  });

  it("is renamed by its owner only", async () => {
    const { id } = await addApp(server, token);
    const rename = (by: string, name: string) =>
      send(server, "PATCH", `${FACTORS}/${id}`, { token: by, json: { name } });
    const stranger = await signUp(server);
    expect(await rename(stranger.token, "theirs")).toMatchObject({
      status: 404,
      json: { error: { code: "FACTOR_UNKNOWN" } },
    });
    expect(await rename(token, "Tablet")).toMatchObject({ status: 204 });
    expect((await get(FACTORS)).json.factors).toMatchObject([{ id, name: "Tablet" }]);
  });

  it("is removed with another generation, and the recovery codes go with the last one", async () => {
    const [one, two] = [await addApp(server, token, "1"), await addApp(server, token, "2")];
    const generation = (await account()).factorGeneration;
    const remove = (id: string) => send(server, "DELETE", `${FACTORS}/${id}`, { token });
    const stranger = await signUp(server);
    expect(await send(server, "DELETE", `${FACTORS}/${one.id}`, { token: stranger.token })).toMatchObject({
      status: 404,
    });
    expect(await remove(one.id)).toMatchObject({ status: 204 });
    expect((await account()).factorGeneration).toBeGreaterThan(generation);
    expect((await get(FACTORS)).json.recoveryCodesLeft).toBe(10);
    expect(await remove(one.id)).toMatchObject({ status: 404, json: { error: { code: "FACTOR_UNKNOWN" } } });
    expect(await remove(two.id)).toMatchObject({ status: 204 });
    expect((await account()).factorGeneration).toBe(0);
    expect((await get(FACTORS)).json).toEqual({ factors: [], recoveryCodesLeft: 0, required: false });
    expect(await letters("factorRemoved")).toHaveLength(2);
    const removed = (await audited("factors.remove")).filter(({ outcome }) => outcome === "ok");
    expect(removed.map(({ details }) => details)).toEqual([{ factor: "totp" }, { factor: "totp" }]);
  });

  it("asks for a recent sign-in before it is added or removed", async () => {
    const { id } = await addApp(server, token);
    server.clock.advance({ ms: 11 * 60_000 });
    const stale = { status: 403, json: { error: { code: "REAUTHENTICATION_REQUIRED" } } };
    expect(await post(TOTP, { name: "x" })).toMatchObject(stale);
    expect(await post(`${TOTP}/${id}/confirm`, { code: "123456" })).toMatchObject(stale);
    expect(await send(server, "DELETE", `${FACTORS}/${id}`, { token })).toMatchObject(stale);
    expect(await post("/api/v1/account/recovery-codes")).toMatchObject(stale);
  });
});

describe("recovery codes", () => {
  it("count once each, for a hundred at once, and the owner is told how many are left", async () => {
    const { recoveryCodes } = await addApp(server, token);
    const [first = "", second = ""] = recoveryCodes ?? [];
    const used = await Promise.all(Array.from({ length: 100 }, () => asked("recoveryCodes", first)));
    expect(used.filter((each) => each)).toHaveLength(1);
    expect(await asked("recoveryCodes", first)).toBe(false);
    expect(await asked("recoveryCodes", "0000-0000-0000-0000")).toBe(false);
    expect(await asked("recoveryCodes", "123456")).toBe(false);
    expect((await get(FACTORS)).json.recoveryCodesLeft).toBe(9);
    const texts = await letters("recoveryCodeUsed");
    expect(texts).toEqual([expect.stringContaining("9 codes are left.")]);
    expect(texts[0]).not.toContain("new set");
    expect(await audited("recovery_codes.use")).toMatchObject([
      { outcome: "ok", actor: (await account()).uuid, address: "192.0.2.1", details: { count: 9 } },
    ]);
    expect(await asked("recoveryCodes", second.toUpperCase().replaceAll("-", " "))).toBe(true);
  });

  it("ask for a new set when few are left", async () => {
    const { recoveryCodes } = await addApp(server, token);
    for (const code of (recoveryCodes ?? []).slice(0, 7))
      expect(await asked("recoveryCodes", code)).toBe(true);
    const few = (await letters("recoveryCodeUsed")).filter((text) =>
      text.includes("Make a new set of recovery codes"),
    );
    expect(few).toEqual([expect.stringContaining("3 codes are left.")]);
  });

  it("are renewed as a set, by the owner of an account that has a factor", async () => {
    expect(await post("/api/v1/account/recovery-codes")).toMatchObject({
      status: 409,
      json: { error: { code: "NO_FACTOR" } },
    });
    const { recoveryCodes } = await addApp(server, token);
    const renewed = await post("/api/v1/account/recovery-codes");
    expect(renewed).toMatchObject({ status: 200, json: { recoveryCodes: expect.any(Array) } });
    expect(await asked("recoveryCodes", recoveryCodes?.[0] ?? "")).toBe(false);
    expect(await asked("recoveryCodes", renewed.json.recoveryCodes[0])).toBe(true);
    expect(await letters("recoveryCodesRenewed")).toHaveLength(1);
    const outcomes = (await audited("factors.renew_recovery_codes")).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(["NO_FACTOR", "ok"]);
  });

  it("are of their own account", async () => {
    const { recoveryCodes } = await addApp(server, token);
    const other = await signUp(server);
    await addApp(server, other.token);
    ({ email } = other);
    expect(await asked("recoveryCodes", recoveryCodes?.[0] ?? "")).toBe(false);
  });
});

describe("an administrator", () => {
  it("sees a user's factors, and removes all of them with a reason; the owner is told", async () => {
    const { id } = await addApp(server, token);
    const admin = await newAdmin(server);
    const { uuid } = await account();
    const path = `/api/v1/admin/users/${uuid}/factors`;
    const seen = await send(server, "GET", path, { token: admin.token });
    expect(seen).toMatchObject({
      status: 200,
      json: { factors: [{ id, kind: "totp" }], recoveryCodesLeft: 10 },
    });
    expect(seen.text).not.toContain("secret");
    const reset = (json: unknown, by = admin.token) =>
      send(server, "POST", `${path}/reset`, { token: by, json });
    expect(await reset({ reason: "lost" }, token)).toMatchObject({
      status: 403,
      json: { error: { code: "FORBIDDEN" } },
    });
    expect(await reset({})).toMatchObject({ status: 422 });
    expect(await reset({ reason: "lost" })).toMatchObject({ status: 200, json: { removed: 1 } });
    expect(await reset({ reason: "lost" })).toMatchObject({ status: 200, json: { removed: 0 } });
    expect((await account()).factorGeneration).toBe(0);
    expect((await send(server, "GET", path, { token: admin.token })).json).toEqual({
      factors: [],
      recoveryCodesLeft: 0,
    });
    expect(await letters("factorsReset")).toHaveLength(1);
    const [entry] = (await audited("admin.users.reset_factors")).filter(
      ({ subject, details }) => subject === uuid && details?.factor,
    );
    expect(entry).toMatchObject({
      outcome: "ok",
      actor: admin.id,
      details: { reason: "lost", factor: "totp" },
    });
  });

  it("does not remove their own in this way", async () => {
    const admin = await newAdmin(server);
    const path = `/api/v1/admin/users/${admin.id}/factors/reset`;
    expect(await send(server, "POST", path, { token: admin.token, json: { reason: "other" } })).toMatchObject(
      {
        json: { error: { code: "OWN_ACCOUNT" } },
      },
    );
  });
});

describe("the secret of an app", () => {
  it("is stored sealed, and resealed under a new key; without its key it cannot be used", async () => {
    await server.close();
    const [older, newer] = [randomBytes(32), randomBytes(32)].map((key) => key.toString("base64"));
    await start({ SEAL_KEY: older ?? "" });
    const { secret } = await addApp(server, token);
    const stored = async () => {
      return (await openTotpStore(server.host.database).listSecrets("", 10)).map((each) => each.secret);
    };
    expect(await stored()).toEqual([expect.stringMatching(/^sealed\.1\./)]);
    expect((await stored()).join()).not.toContain(secret);
    server.clock.advance({ ms: STEP_MS });

    const { databasePath, clock } = server;
    const given = { kind: "totp", code: codeNow(server, secret) } as const;
    const from = signInFrom("192.0.2.1");
    const withoutKey = await startServer({ databasePath, clock });
    const asking = withoutKey.app.features.totp.factor.verify(await account(), given, from);
    await expect(asking).rejects.toMatchObject({ definition: { code: "UNAVAILABLE" } });
    expect(withoutKey.logLines.join()).toContain("check SEAL_KEY");
    expect(withoutKey.logLines.join()).not.toContain(secret);
    expect(await withoutKey.app.features.totp.reseal()).toEqual({ resealed: 0, unreadable: 1 });
    await withoutKey.close();

    const both = await startServer({ databasePath, clock, environment: { SEAL_KEY: `${newer},${older}` } });
    const before = await stored();
    expect(await both.app.features.totp.reseal()).toEqual({ resealed: 1, unreadable: 0 });
    expect(await both.app.features.totp.reseal()).toEqual({ resealed: 0, unreadable: 0 });
    expect(await stored()).not.toEqual(before);
    await both.close();
    const after = await startServer({ databasePath, clock, environment: { SEAL_KEY: newer ?? "" } });
    expect(await after.app.features.totp.factor.verify(await account(), given, from)).toBe(true);
    await after.close();
  });

  it("that cannot be opened leaves other apps as they are: a wrong code for them is wrong, and counts", async () => {
    await server.close();
    await start({ SEAL_KEY: randomBytes(32).toString("base64") });
    await addApp(server, token, "sealed");
    const { databasePath, clock } = server;
    const withoutKey = await startServer({ databasePath, clock });
    const { secret } = await addApp(withoutKey, token, "plain");
    clock.advance({ ms: STEP_MS });
    const ask = async (code: string) =>
      withoutKey.app.features.totp.factor.verify(
        await account(),
        { kind: "totp", code },
        signInFrom("192.0.2.1"),
      );
    expect(await ask(codeNow(server, secret, 5))).toBe(false);
    expect(await ask(codeNow(server, secret))).toBe(true);
    await withoutKey.close();
  });
});
