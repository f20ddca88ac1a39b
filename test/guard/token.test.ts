import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { createGuard, type Guard } from "@latchkey/guard";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { newAdmin } from "../server/features/user-administration/doors.js";
import { send, signUp } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";
import { bearing, decode, encode, hs256, judge, partsOf } from "./asking.js";

const SECRET = randomBytes(48).toString("base64");
const nowMs = Date.now();
const nowSeconds = Math.floor(nowMs / 1000);
afterEach(() => vi.useRealTimers());

describe("by the server's published keys", () => {
  let server: TestServer;
  let guard: Guard;
  let token: string;
  let email: string;
  beforeAll(async () => {
    server = await startServer({ clock: frozenClock(nowMs) });
    guard = createGuard({ url: `${server.url}/` });
    ({ token, email } = await signUp(server));
  });
  afterAll(() => server.close());

  it("says whose token it is", async () => {
    const account = (await send(server, "GET", "/api/auth/verify", { token })).json.data;
    const { exp, sid } = decode(partsOf(token)[1]);
    expect(account.email).toBe(email);
    expect(await judge(guard, token)).toEqual({
      id: account.id,
      username: account.username,
      role: "user",
      sessionId: sid,
      expiresAtMs: exp * 1000,
      amr: [],
    });
  });

  it("recognises an administrator", async () => {
    const { token } = await newAdmin(server);
    expect((await guard.check(bearing(token), "admin")).caller?.role).toBe("admin");
  });

  it("accepts a token until it expires", async () => {
    const { exp } = decode(partsOf(token)[1]);
    vi.useFakeTimers({ toFake: ["Date"], now: exp * 1000 - 1 });
    expect(await judge(guard, token)).toHaveProperty("id");
    vi.setSystemTime(exp * 1000);
    expect(await judge(guard, token)).toBe("TOKEN_EXPIRED");
  });

  it("says that there is no token", async () => {
    for (const authorization of [undefined, "", "Bearer", "Bearer ", "Basic YTpi", token]) {
      const headers = { ...(authorization !== undefined && { authorization }) };
      expect((await guard.check({ headers })).refusal?.code, authorization).toBe("TOKEN_MISSING");
    }
  });

  it("reads the headers of Node and of the web", async () => {
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`]) {
      expect((await guard.check({ headers: { authorization, get: "a header" } })).caller).toBeDefined();
      expect((await guard.check({ headers: new Headers({ authorization }) })).caller).toBeDefined();
    }
  });

  it.each(["none", "None", "", "RS256", "ES384", "HS256"])("refuses the algorithm %j", async (alg) => {
    const [header, payload, signature] = partsOf(token);
    const head = encode({ ...decode(header), alg });
    for (const each of [signature, "", "AA"])
      expect(await judge(guard, `${head}.${payload}.${each}`)).toBe("TOKEN_INVALID");
  });

  it("refuses HS256 with the public key as its secret", async () => {
    const { keys } = (await send(server, "GET", "/.well-known/jwks.json")).json;
    const [header, payload] = partsOf(token);
    for (const secret of [JSON.stringify(keys[0]), keys[0].x, Buffer.from(keys[0].x, "base64url")]) {
      for (const head of [
        { alg: "HS256", typ: "JWT" },
        { ...decode(header), alg: "HS256" },
      ])
        expect(await judge(guard, hs256(head, decode(payload), secret))).toBe("TOKEN_INVALID");
    }
  });

  it("refuses a foreign key, however it is named or included", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" });
    const [header, payload] = partsOf(token);
    const own = decode(header);
    const heads = [own, { ...own, jwk }, { alg: "ES256", typ: "JWT", jwk }, { ...own, kid: "other" }];
    for (const head of [...heads, { ...own, jku: "https://example.com/jwks.json" }]) {
      const text = `${encode(head)}.${payload}`;
      const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
      expect(await judge(guard, `${text}.${signature.toString("base64url")}`)).toBe("TOKEN_INVALID");
    }
  });

  it("refuses texts that are not tokens", async () => {
    const [header, payload, signature] = partsOf(token);
    const changed = encode({ ...decode(payload), sub: "somebody else" });
    const others = ["x", "..", `${header}.${payload}`, `${header}.${changed}.${signature}`, `${token}.`];
    for (const each of [
      ...others,
      `${token}${"A".repeat(5000)}`,
      `${header}.${"A".repeat(3000)}.${signature}`,
    ])
      expect(await judge(guard, each)).toBe("TOKEN_INVALID");
  });
});

describe("by the shared secret", () => {
  const guard = createGuard({ secret: SECRET });
  const claims = {
    sub: "8ba0",
    username: "ada",
    sid: "a session",
    jti: "a token",
    iat: nowSeconds,
    exp: nowSeconds + 60,
  };
  const forge = (changes: object = {}, header: object = {}) =>
    hs256({ alg: "HS256", typ: "JWT", ...header }, { ...claims, ...changes }, SECRET);

  it("accepts the server's tokens without asking the server", async () => {
    const server = await startServer({ clock: frozenClock(nowMs), environment: { JWT_SECRET: SECRET } });
    const { token } = await signUp(server);
    await server.close();
    const fetch = () => Promise.reject(new Error("asked"));
    expect(await judge(createGuard({ secret: SECRET, fetch }), token)).toMatchObject({ role: "user" });
    expect(await judge(createGuard({ secret: `${SECRET}x` }), token)).toBe("TOKEN_INVALID");
  });

  it("refuses ES256, even with a published key", async () => {
    const server = await startServer({ clock: frozenClock(nowMs) });
    const { token } = await signUp(server);
    expect(await judge(createGuard({ url: server.url, secret: SECRET }), token)).toBe("TOKEN_INVALID");
    await server.close();
  });

  it.each(["sub", "username", "sid", "jti", "iat", "exp"])("refuses a token without %s", async (claim) => {
    expect(await judge(guard, forge({ [claim]: undefined }))).toBe("TOKEN_INVALID");
  });

  it.each(["sub", "username", "sid", "iat", "exp"])("refuses a token with an invalid %s", async (claim) => {
    for (const value of [null, true, {}, ["x"]])
      expect(await judge(guard, forge({ [claim]: value })), String(value)).toBe("TOKEN_INVALID");
  });

  it("refuses a token of another kind", async () => {
    for (const typ of [undefined, "at+jwt", "reset"])
      expect(await judge(guard, forge({}, { typ }))).toBe("TOKEN_INVALID");
  });

  it.each(["iat", "nbf"])("refuses a token whose %s is more than 60 s ahead", async (claim) => {
    vi.useFakeTimers({ toFake: ["Date"], now: nowSeconds * 1000 });
    const ahead = (seconds: number) =>
      judge(guard, forge({ exp: nowSeconds + 3600, [claim]: nowSeconds + seconds }));
    expect(await ahead(60)).toHaveProperty("id");
    expect(await ahead(61)).toBe("TOKEN_INVALID");
    vi.setSystemTime(nowSeconds * 1000 + 1000);
    expect(await ahead(61)).toHaveProperty("id");
  });

  it("refuses a token of another issuer, and takes one from before the issuer was set", async () => {
    const iss = "https://login.example.com";
    const named = createGuard({ secret: SECRET, issuer: `${iss}/` });
    expect(await judge(named, forge({ iss }))).toHaveProperty("id");
    expect(await judge(named, forge())).toHaveProperty("id");
    for (const other of ["https://other.example", `${iss}.other.example`, "", null, 7, [iss]]) {
      expect(await judge(named, forge({ iss: other })), String(other)).toBe("TOKEN_INVALID");
    }
    expect(await judge(guard, forge({ iss }))).toHaveProperty("id");
  });

  it("accepts a server's tokens by its public address", async () => {
    const issuer = "https://login.example.com/auth";
    const environment = { JWT_SECRET: SECRET, PUBLIC_URL: `${issuer}/` };
    const server = await startServer({ clock: frozenClock(nowMs), environment });
    const { token } = await signUp(server);
    await server.close();
    expect(decode(partsOf(token)[1]).iss).toBe(issuer);
    expect(await judge(createGuard({ secret: SECRET, issuer }), token)).toHaveProperty("id");
    const other = createGuard({ secret: SECRET, issuer: "https://login.example.com" });
    expect(await judge(other, token)).toBe("TOKEN_INVALID");
  });

  it("treats no caller as an administrator unless the token says so", async () => {
    for (const role of [undefined, "user", "owner", "ADMIN", true, ["admin"]]) {
      const { caller, refusal } = await guard.check(bearing(forge({ role })), "admin");
      expect([caller, refusal?.status, refusal?.code]).toEqual([undefined, 403, "FORBIDDEN"]);
      expect((await guard.check(bearing(forge({ role })))).caller?.role).toBe("user");
    }
    const { caller } = await guard.check(bearing(forge({ role: "admin" })), "admin");
    expect(caller).toMatchObject({ id: "8ba0", role: "admin" });
    expect((await guard.check(bearing(forge({ role: "admin" })), "user")).caller).toEqual(caller);
  });

  it("says how and when the user signed in, as far as the token says it", async () => {
    const claims = { amr: ["pwd", "otp", "mfa"], acr: "2fa", auth_time: nowSeconds - 60 };
    expect(await judge(guard, forge(claims))).toMatchObject({
      amr: ["pwd", "otp", "mfa"],
      acr: "2fa",
      authenticatedAtMs: (nowSeconds - 60) * 1000,
    });
    const silent = { amr: [], acr: undefined, authenticatedAtMs: undefined };
    for (const value of [undefined, null, 7, {}, [7]])
      expect(await judge(guard, forge({ amr: value, acr: value, auth_time: String(value) }))).toMatchObject(
        silent,
      );
  });

  it("lets only callers with a second factor through where that is demanded", async () => {
    const strict = createGuard({ secret: SECRET, requires: "mfa" });
    const check = async (by: Guard, changes: object, demand?: Parameters<Guard["check"]>[1]) => {
      const { caller, refusal } = await by.check(bearing(forge(changes)), demand);
      return caller === undefined ? [refusal.status, refusal.code] : caller.role;
    };
    const refused = [403, "FACTOR_REQUIRED"];
    const mfa = { amr: ["pwd", "otp", "mfa"] };
    for (const amr of [
      undefined,
      [],
      ["pwd"],
      ["pwd", "otp"],
      "mfa",
      "pwd mfa",
      { 0: "mfa" },
      [["mfa"]],
      ["MFA"],
    ]) {
      expect(await check(guard, { amr }), String(amr)).toBe("user");
      expect(await check(guard, { amr }, { requires: "mfa" }), String(amr)).toEqual(refused);
      expect(await check(strict, { amr }), String(amr)).toEqual(refused);
    }
    expect(await check(guard, mfa, { requires: "mfa" })).toBe("user");
    expect(await check(strict, mfa)).toBe("user");
    expect(await check(guard, mfa, { role: "admin", requires: "mfa" })).toEqual([403, "FORBIDDEN"]);
    expect(await check(strict, mfa, "admin")).toEqual([403, "FORBIDDEN"]);
    expect(await check(guard, { ...mfa, role: "admin" }, { role: "admin", requires: "mfa" })).toBe("admin");
    expect(await check(strict, { ...mfa, role: "admin" }, "admin")).toBe("admin");
  });

  it("is not created with a secret that the server would refuse, or without anything to verify with", () => {
    expect(() => createGuard({ secret: "short" })).toThrow("at least 32 bytes");
    // Safe: this is what a caller without types may write.
    expect(() => createGuard({} as { url: string })).toThrow("needs the server's `url`");
    expect(() => createGuard({ secret: SECRET, online: true } as never)).toThrow("needs the server's `url`");
  });
});
