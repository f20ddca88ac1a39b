import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, signUp } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

const SECRET = randomBytes(48).toString("base64");
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());
const partsOf = (token: string) => token.split(".") as [string, string, string]; // Safe: the server made it.

function hs256(header: object, payload: unknown, secret: string | Buffer): string {
  const head = `${encode(header)}.${typeof payload === "string" ? payload : encode(payload)}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

/** 401 on both surfaces and for refresh, each with its promised body. */
async function expectForged(server: TestServer, token: string): Promise<void> {
  const me = await send(server, "GET", "/api/users/me", { token });
  expect([me.status, me.text]).toEqual([401, '{"detail":"Token is invalid"}']);
  expect(me.headers.get("www-authenticate")).toBe("Bearer");
  const verify = await send(server, "GET", "/api/auth/verify", { token });
  expect([verify.status, verify.text]).toEqual([401, '{"detail":"Invalid token"}']);
  const refresh = await send(server, "POST", "/api/users/refresh_token", { token });
  expect([refresh.status, refresh.text]).toEqual([401, '{"detail":"Token is invalid"}']);
}

describe("with ES256 keys", () => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await startServer();
    token = (await signUp(server)).token;
  });
  afterAll(() => server.close());

  it("signs with a key whose public half is published", async () => {
    const { keys } = (await send(server, "GET", "/.well-known/jwks.json")).json;
    expect(decode(partsOf(token)[0])).toEqual({ alg: "ES256", typ: "JWT", kid: keys[0].kid });
    expect(keys[0]).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
    expect(keys[0]).not.toHaveProperty("d");
  });

  it.each(["none", "None", "NONE", ""])("refuses the algorithm %j", async (alg) => {
    const [, payload, signature] = partsOf(token);
    const { kid } = decode(partsOf(token)[0]);
    await expectForged(server, `${encode({ alg, typ: "JWT", kid })}.${payload}.${signature}`);
    await expectForged(server, `${encode({ alg, typ: "JWT", kid })}.${payload}.AA`);
  });

  it("refuses HS256 with the public key as its secret", async () => {
    const { keys } = (await send(server, "GET", "/.well-known/jwks.json")).json;
    const [header, payload] = partsOf(token);
    const { kid } = decode(header);
    for (const secret of [JSON.stringify(keys[0]), keys[0].x, Buffer.from(keys[0].x, "base64url")]) {
      await expectForged(server, hs256({ alg: "HS256", typ: "JWT", kid }, decode(payload), secret));
      await expectForged(server, hs256({ alg: "HS256", typ: "JWT" }, decode(payload), secret));
    }
  });

  it("refuses a foreign key, however it is named or included", async () => {
    const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = foreign.publicKey.export({ format: "jwk" });
    const [header, payload] = partsOf(token);
    const own = decode(header);
    const headers = [
      own,
      { ...own, kid: "unknown" },
      { ...own, kid: "../../etc/passwd" },
      { ...own, kid: "' OR 1=1 --" },
      { ...own, kid: "__proto__" },
      { ...own, kid: 7 },
      { ...own, kid: undefined },
      { ...own, jwk },
      { ...own, kid: undefined, jwk },
      { ...own, jku: `${server.url}/.well-known/jwks.json` },
      { ...own, x5u: "https://127.0.0.1:1/" },
      { ...own, crit: ["exp"], exp: 1 },
    ];
    for (const each of headers) {
      const head = `${encode(each)}.${payload}`;
      const signature = sign("sha256", Buffer.from(head), {
        key: foreign.privateKey,
        dsaEncoding: "ieee-p1363",
      });
      await expectForged(server, `${head}.${signature.toString("base64url")}`);
    }
  });

  it("refuses every truncation, and every changed character", async () => {
    const cuts = [
      1,
      10,
      token.indexOf("."),
      token.indexOf(".") + 1,
      token.lastIndexOf("."),
      token.length - 1,
    ];
    for (const at of cuts) await expectForged(server, token.slice(0, at));
    for (const at of [0, 5, token.indexOf(".") + 5, token.lastIndexOf(".") + 5]) {
      const other = token[at] === "A" ? "B" : "A";
      await expectForged(server, token.slice(0, at) + other + token.slice(at + 1));
    }
  });

  it("refuses another spelling of a genuine token", async () => {
    const [header, payload, signature] = partsOf(token);
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const sibling = last[last.indexOf(signature.at(-1) ?? "") ^ 1];
    const spellings = [
      `${token}=`,
      `${token}==`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}${sibling}`,
      `${token}.`,
      `.${token}`,
      `${token}.${signature}`,
    ];
    for (const each of spellings) await expectForged(server, each);
  });

  it.each(["undefined", "null", "x", "..", "a.b", "a.b.c", "a.b.c.d.e", "{}", "%00", "é".repeat(3)])(
    "refuses %j",
    (text) => expectForged(server, encodeURIComponent(text) === text ? text : encodeURI(text)),
  );

  it("answers a token of 1 MB with a 4xx and keeps serving", async () => {
    for (const size of [5_000, 15_000, 1_000_000]) {
      const answer = await send(server, "GET", "/api/users/me", { token: "a".repeat(size) });
      expect(answer.status).toBe(size > 16_000 ? 431 : 401);
      expect(answer.json).toHaveProperty("detail");
    }
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
  });
});

describe.each([
  { spelling: "ours", header: { alg: "HS256", typ: "JWT" } },
  { spelling: "another", header: { typ: "JWT", alg: "HS256" } },
])("with a shared secret, and $spelling spelling of the header", ({ header }) => {
  let server: TestServer;
  let genuine: Record<string, unknown>;
  beforeAll(async () => {
    server = await startServer({ environment: { JWT_SECRET: SECRET } });
    genuine = decode(partsOf((await signUp(server)).token)[1]);
  });
  afterAll(() => server.close());

  it("accepts a token that another service signed correctly for an active session", async () => {
    const token = hs256(header, genuine, SECRET);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
  });

  it("publishes no key", async () => {
    expect((await send(server, "GET", "/.well-known/jwks.json")).json).toEqual({ keys: [] });
  });

  it("refuses another secret and a header that names a key", async () => {
    await expectForged(server, hs256(header, genuine, `${SECRET}x`));
    await expectForged(server, hs256({ ...header, kid: "some" }, genuine, SECRET));
    await expectForged(server, hs256({ ...header, crit: ["b64"], b64: false }, genuine, SECRET));
  });

  it.each(["HS384", "HS512", "ES256", "RS256"])("refuses the algorithm %s", async (alg) => {
    await expectForged(server, hs256({ ...header, alg }, genuine, SECRET));
  });

  it.each(["sub", "username", "iat", "exp", "jti", "sid"])("refuses a token without %s", async (claim) => {
    const { [claim]: _, ...rest } = genuine;
    await expectForged(server, hs256(header, rest, SECRET));
  });

  it("refuses claims of odd types and values", async () => {
    const odd = [null, 1, -1, 1.5, 1e300, "", "x", true, [], {}, ["x"]];
    for (const claim of ["sub", "username", "iat", "exp", "jti", "sid"]) {
      for (const value of odd) {
        const token = hs256(header, { ...genuine, [claim]: value }, SECRET);
        const me = await send(server, "GET", "/api/users/me", { token });
        const isFine =
          (claim === "username" && typeof value === "string") || (claim === "iat" && value === 1);
        expect([claim, value, me.status]).toEqual([claim, value, isFine ? 200 : 401]);
      }
    }
  });

  it.each(["at+jwt", "logout+jwt", "JOSE", "", "jwt "])("refuses a token of the kind %j", async (typ) => {
    await expectForged(server, hs256({ ...header, typ }, genuine, SECRET));
  });

  it.each(["iat", "nbf"])("refuses a token whose %s is more than 60 s ahead", async (claim) => {
    const nowSeconds = server.clock.nowMs() / 1000;
    await expectForged(server, hs256(header, { ...genuine, [claim]: nowSeconds + 61 }, SECRET));
    const token = hs256(header, { ...genuine, [claim]: nowSeconds + 60 }, SECRET);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
  });

  it.each([null, "", "x", true, [], {}])("refuses a token whose nbf is %j", async (nbf) => {
    await expectForged(server, hs256(header, { ...genuine, nbf }, SECRET));
  });

  it.each(["null", "[]", '"x"', "7", "{", ""])("refuses the payload %s", async (payload) => {
    const text = Buffer.from(payload).toString("base64url");
    await expectForged(server, hs256(header, text, SECRET));
  });

  it("says that a token has expired only if it is genuine", async () => {
    const expired = hs256(header, { ...genuine, exp: 1_000 }, SECRET);
    expect((await send(server, "GET", "/api/users/me", { token: expired })).json).toEqual({
      detail: "Token has expired",
    });
    const forged = hs256(header, { ...genuine, exp: 1_000 }, "other");
    expect((await send(server, "GET", "/api/users/me", { token: forged })).json).toEqual({
      detail: "Token is invalid",
    });
  });

  it("refuses another user's session, and an unknown session", async () => {
    const other = decode(partsOf((await signUp(server)).token)[1]);
    const mixed = hs256(header, { ...genuine, sub: other.sub }, SECRET);
    expect((await send(server, "GET", "/api/users/me", { token: mixed })).status).toBe(401);
    const invented = hs256(header, { ...genuine, sid: randomUUID() }, SECRET);
    expect((await send(server, "POST", "/api/users/refresh_token", { token: invented })).status).toBe(403);
    const nobody = hs256(header, { ...genuine, sub: randomUUID() }, SECRET);
    expect((await send(server, "POST", "/api/users/refresh_token", { token: nobody })).status).toBe(401);
  });
});
