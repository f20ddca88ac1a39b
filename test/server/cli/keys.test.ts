import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { login, send, signUp } from "../../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";

const JWT_SECRET = "f3Jq9Zt7LwXb2VnR8kYd5HsC1mGpQe6T";

let server: TestServer;
let operator: Operator;
beforeEach(async () => {
  server = await startServer({ clock: frozenClock(Date.now()) });
  operator = await newOperator(server.databasePath);
});
afterEach(async () => {
  await server.close();
  await operator.leave();
});

const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;

describe("keys rotate", () => {
  it("signs no user out, and new tokens carry the new key's id within 30 seconds", async () => {
    const { email, token } = await signUp(server);
    const { kid } = JSON.parse((await operator.spawn(["keys", "rotate", "--json"])).stdout);
    expect(kid).not.toBe(kidOf(token));
    server.clock.advance({ seconds: 30 });
    const newToken = await login(server, email);
    expect(kidOf(newToken)).toBe(kid);
    for (const each of [token, newToken]) {
      expect((await send(server, "GET", "/api/users/me", { token: each })).status).toBe(200);
    }
    const jwks = await send(server, "GET", "/.well-known/jwks.json");
    expect(jwks.json.keys.map((key: { kid: string }) => key.kid)).toEqual([kid, kidOf(token)]);
  });

  it("lets the new key sign even if this machine's clock is behind", async () => {
    server.clock.advance({ days: 1 });
    await signUp(server);
    await operator.json(["keys", "rotate"]);
    const { kid } = await operator.json(["keys", "rotate"]);
    const { keys } = await operator.json(["keys", "list"]);
    expect(keys[0]).toEqual({ kid, algorithm: "ES256", signs: true });
  });

  it("prints the new key's id in a sentence", async () => {
    const { exitCode, stdout } = await operator.run(["keys", "rotate"]);
    expect(stdout).toMatch(/^The new key is [\w-]{43}\. A running server signs with it within 30 seconds; /);
    expect(exitCode).toBe(0);
  });

  it("is refused if a shared secret signs", async () => {
    const finished = await operator.run(["keys", "rotate"], { environment: { JWT_SECRET } });
    const stderr = "latchkey: JWT_SECRET is set and signs all tokens: rotation is for ES256 keys.\n";
    expect(finished).toEqual({ exitCode: 1, stdout: "", stderr });
  });
});

describe("keys list", () => {
  it("lists the keys, newest first, and says which one signs", async () => {
    const { token } = await signUp(server);
    const { kid } = await operator.json(["keys", "rotate"]);
    expect(await operator.json(["keys", "list"])).toEqual({
      keys: [
        { kid, algorithm: "ES256", signs: true },
        { kid: kidOf(token), algorithm: "ES256", signs: false },
      ],
    });
    const { stdout } = await operator.run(["keys", "list"]);
    expect(stdout.split("\n")[1]?.split(/ {2,}/)).toEqual([kid, "ES256", "yes"]);
  });

  it("names the shared secret without showing it", async () => {
    const environment = { JWT_SECRET };
    const { keys } = await operator.json(["keys", "list"], { environment });
    expect(keys).toEqual([{ kid: null, algorithm: "HS256", signs: true }]);
    const { stdout } = await operator.run(["keys", "list"], { environment });
    expect(stdout).toContain("(JWT_SECRET)");
    expect(stdout).not.toContain(JWT_SECRET);
  });

  it("shows no private keys", async () => {
    await operator.run(["keys", "rotate"]);
    for (const words of [
      ["keys", "list"],
      ["keys", "list", "--json"],
    ]) {
      expect((await operator.run(words)).stdout).not.toMatch(/"?\bd\b"?:|private/i);
    }
  });
});
