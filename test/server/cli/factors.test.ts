import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addApp, codeNow, signInFrom } from "../../support/factors.js";
import { send, signUp } from "../../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";

let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startServer({ clock: frozenClock(Date.now()) });
  operator = await newOperator(server.databasePath);
});
afterAll(async () => {
  await server.close();
  await operator.leave();
});

describe("users factors", () => {
  it("lists an account's factors without their secrets, and says that there are none", async () => {
    const { email, token } = await signUp(server);
    expect(await operator.run(["users", "factors", "list", email])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/has no second factor\.\n$/),
    });
    const { id, secret } = await addApp(server, token, "My phone");
    const listed = await operator.json(["users", "factors", "list", email]);
    expect(listed).toMatchObject({
      factors: [{ id, kind: "totp", name: "My phone" }],
      recoveryCodesLeft: 10,
    });
    const { stdout } = await operator.run(["users", "factors", "list", email]);
    expect(stdout).toMatch(/My phone\nRecovery codes left: 10\.\n$/);
    expect(stdout + JSON.stringify(listed)).not.toContain(secret);
  });

  it("resets them with a reason, which the audit log keeps", async () => {
    const { email, token } = await signUp(server);
    await addApp(server, token);
    const reset = ["users", "factors", "reset", email];
    expect(await operator.run(reset)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--reason"),
    });
    expect(await operator.run([...reset, "--reason", "because"])).toMatchObject({ exitCode: 2 });
    expect(await operator.json([...reset, "--reason", "lost"])).toEqual({ removed: 1 });
    expect(await operator.json([...reset, "--reason", "lost"])).toEqual({ removed: 0 });
    const { factors } = (await send(server, "GET", "/api/v1/account/factors", { token })).json;
    expect(factors).toEqual([]);
    const account = await server.app.features.accounts.find({ email });
    expect(account?.factorGeneration).toBe(0);
    const { entries } = await server.app.features.audit.list(
      { action: "admin.users.reset_factors", subject: account?.uuid ?? "" },
      { limit: 9 },
    );
    expect(entries.map(({ actor, details }) => [actor, JSON.parse(details ?? "{}")])).toEqual([
      ["operator", { factor: "totp", reason: "lost" }],
    ]);
  });
});

describe("keys reseal", () => {
  const [older = "", newer = ""] = [randomBytes(32), randomBytes(32)].map((key) => key.toString("base64"));

  it("seals what was stored before there was a key, and tells what it cannot open", async () => {
    const { email, token } = await signUp(server);
    const { secret } = await addApp(server, token);
    expect(await operator.run(["keys", "reseal", "--json"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("SEAL_KEY_MISSING"),
    });
    const reseal = (key: string) =>
      operator.run(["keys", "reseal", "--json"], { environment: { SEAL_KEY: key } });
    const secrets = async (key: string) => {
      const { stdout } = await operator.run(["doctor", "--json"], { environment: { SEAL_KEY: key } });
      const { findings } = JSON.parse(stdout);
      return findings.find(({ check }: { readonly check: string }) => check === "secrets");
    };
    expect(await secrets("")).toMatchObject({
      state: "warning",
      message: expect.stringContaining("not sealed"),
    });
    expect(await secrets(older)).toMatchObject({ state: "warning", advice: "Run `latchkey keys reseal`." });
    const first = await reseal(older);
    expect(JSON.parse(first.stdout).resealed).toBeGreaterThan(0);
    expect(JSON.parse((await reseal(older)).stdout)).toEqual({ resealed: 0 });
    expect(await reseal(newer)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("SECRETS_UNREADABLE"),
    });
    expect(await secrets(newer)).toMatchObject({ state: "fault" });
    expect(JSON.parse((await reseal(`${newer},${older}`)).stdout)).toEqual(JSON.parse(first.stdout));
    expect(await secrets(newer)).toMatchObject({ state: "ok" });

    const { databasePath, clock } = server;
    clock.advance({ ms: 30_000 });
    const withKey = await startServer({ databasePath, clock, environment: { SEAL_KEY: newer } });
    const account = await withKey.app.features.accounts.find({ email });
    if (account === undefined) throw new Error("no account");
    const from = signInFrom("192.0.2.1");
    const given = { kind: "totp", code: codeNow(server, secret) } as const;
    expect(await withKey.app.features.totp.factor.verify(account, given, from)).toBe(true);
    await withKey.close();
  });

  it("has made a key that an export needs: without it no file is written", async () => {
    const { email, token } = await signUp(server);
    const { secret } = await addApp(server, token);
    const path = join(operator.folder, "users.jsonl");
    const withoutKey = await operator.run(["users", "export", path, "--json"]);
    expect(withoutKey).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("SECRETS_UNREADABLE") });
    await operator.json(["users", "export", path], { environment: { SEAL_KEY: newer } });
    const lines = (await readFile(path, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const [factor] = lines.find((each) => each.email === email).second_factors;
    expect(factor.uri).toContain(`secret=${secret}&`);
  });

  it.each([
    [{ SEAL_KEY: "secret" }, "SEAL_KEY must be 32 bytes in Base64 or hex"],
    [{ SEAL_KEY_FILE: "/no/such/file" }, "SEAL_KEY_FILE must name a file that can be read (ENOENT)"],
    [{ SEAL_KEY: randomBytes(32).toString("hex"), SEAL_KEY_FILE: "key" }, "SEAL_KEY_FILE must name a file"],
  ])(
    "is refused with settings that cannot be used",
    async (environment: Readonly<Record<string, string>>, told) => {
      const { exitCode, stderr } = await operator.run(["config", "check"], { environment });
      expect([exitCode, stderr]).toEqual([78, expect.stringContaining(told)]);
      expect(stderr).not.toContain(environment.SEAL_KEY ?? "nothing secret");
    },
  );
});
