import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authenticator, createAuthenticator, FLAGS, ORIGIN } from "../../../../support/authenticator.js";
import { BY_OPERATOR } from "../../../../support/operator.js";
import { PASSWORD, registerUser, type Sent, send, signUp } from "../../../../support/rest.js";
import { startServer, type TestServer } from "../../../../support/server.js";

const ENVIRONMENT = { APP_URL: ORIGIN, WEBAUTHN_RP_ID: "example.com" };

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { ...ENVIRONMENT, TRUST_PROXY: "1" } });
});
afterAll(() => server.close());

const post = (path: string, sent: Sent = {}, to: TestServer = server) =>
  send(to, "POST", `/api/v1${path}`, { json: {}, ...sent });

const accountOf = async (email: string, of: TestServer = server) => {
  const account = await of.app.features.accounts.find({ email });
  if (account === undefined) throw new Error("not registered");
  return account;
};

const handleOf = ({ uuid }: { readonly uuid: string }) => Buffer.from(uuid).toString("base64url");

/** Adds a passkey of this authenticator. */
async function add(token: string, authenticator: Authenticator, flags?: number, to: TestServer = server) {
  const { json } = await post("/account/factors/passkeys/options", { token }, to);
  const { challenge } = json.options;
  const credential = authenticator.register({ challenge, ...(flags !== undefined && { flags }) });
  return post("/account/factors/passkeys", { token, json: { name: "A phone", credential } }, to);
}

/** A new user with a passkey. */
async function signUpWithPasskey(options: { readonly flags?: number; readonly on?: TestServer } = {}) {
  const { flags, on = server } = options;
  const { email, token } = await signUp(on);
  const authenticator = createAuthenticator();
  const added = await add(token, authenticator, flags, on);
  if (added.status !== 200) throw new Error(added.text);
  const account = await accountOf(email, on);
  return { email, token, authenticator, account, userHandle: handleOf(account) };
}

const signInChallenge = async (to: TestServer = server): Promise<string> =>
  (await post("/sign-in/passkey/options", {}, to)).json.options.challenge;

type AssertOptions = Omit<Parameters<Authenticator["assert"]>[0], "challenge">;

async function signInWith(authenticator: Authenticator, options: AssertOptions) {
  const credential = authenticator.assert({ challenge: await signInChallenge(), ...options });
  return post("/sign-in/passkey", { json: { credential } });
}

/** What the log has about an account, the newest first. */
async function logOf(subject: string) {
  const { entries } = await server.app.features.audit.list({ subject }, { limit: 50 });
  return entries.map(({ action, outcome, details }) => ({ action, outcome, details: details ?? null }));
}

const passwordSignIn = (email: string, to: TestServer = server) =>
  post("/sign-in/password", { json: { username: email, password: PASSWORD } }, to);

describe("a passkey as the only factor", () => {
  it("is added by a signed-in user, and then signs in without a password", async () => {
    const { email, authenticator, userHandle } = await signUpWithPasskey();
    const answer = await signInWith(authenticator, { userHandle });
    expect(answer.status).toBe(200);
    expect(answer.json.account.email).toBe(email);
    const { token } = answer.json;
    const { json } = await send(server, "GET", "/api/v1/account/factors/passkeys", { token });
    const now = new Date(server.clock.nowMs()).toISOString();
    expect(json).toEqual({
      rpId: "example.com",
      user: { id: userHandle, name: expect.any(String), displayName: "San Zhang" },
      passkeys: [
        {
          ...{ id: authenticator.id, name: "A phone", signsIn: true, backedUp: false },
          ...{ createdAt: now, lastUsedAt: now },
        },
      ],
    });
  });

  it("is asked for by options that any passkey of the domain can answer, with user verification", async () => {
    const { json } = await post("/sign-in/passkey/options");
    expect(json.options).toEqual({
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      timeout: 600_000,
      rpId: "example.com",
      allowCredentials: [],
      userVerification: "required",
    });
  });

  it("lets nobody in without user verification, and says why in the log only", async () => {
    const { authenticator, account, userHandle } = await signUpWithPasskey();
    const answer = await signInWith(authenticator, { userHandle, flags: FLAGS.UP });
    expect(answer.status).toBe(401);
    expect(answer.json.error).toEqual({ code: "PASSKEY_REFUSED", message: expect.any(String) });
    await expect
      .poll(() => logOf(account.uuid), { timeout: 10_000 })
      .toContainEqual({
        action: "sign_in.passkey",
        outcome: "PASSKEY_REFUSED",
        details: JSON.stringify({ reason: "user verification" }),
      });
  });

  it("lets nobody into another account, whatever account the browser says it is for", async () => {
    const { authenticator } = await signUpWithPasskey();
    const victim = await signUpWithPasskey();
    const answers = await Promise.all([
      signInWith(authenticator, { userHandle: victim.userHandle }),
      signInWith(authenticator, { userHandle: undefined }),
      signInWith(authenticator, { userHandle: "" }),
      signInWith(authenticator, { userHandle: Buffer.from("\0").toString("base64url") }),
    ]);
    expect(answers.map(({ status, json }) => [status, json.error.code])).toEqual(
      answers.map(() => [401, "PASSKEY_REFUSED"]),
    );
  });

  it("that is not registered is named as such, so that the browser can be told", async () => {
    const { userHandle } = await signUpWithPasskey();
    const answer = await signInWith(createAuthenticator(), { userHandle });
    expect([answer.status, answer.json.error.code]).toEqual([401, "PASSKEY_UNKNOWN"]);
  });

  it("gives exactly one session for one assertion, of 100 at once and ever after", async () => {
    const { authenticator, userHandle } = await signUpWithPasskey();
    const credential = authenticator.assert({ challenge: await signInChallenge(), userHandle });
    const use = () => post("/sign-in/passkey", { json: { credential } });
    const answers = await Promise.all(Array.from({ length: 100 }, use));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const codes = new Set(answers.flatMap(({ json }) => json.error?.code ?? []));
    expect([...codes]).toEqual(["CHALLENGE_OVER"]);
    expect((await use()).json.error.code).toBe("CHALLENGE_OVER");
  });

  it("is refused with a challenge that is too old, made up, or issued for something else", async () => {
    const { authenticator, userHandle, token } = await signUpWithPasskey();
    const old = await signInChallenge();
    const registration = (await post("/account/factors/passkeys/options", { token })).json.options.challenge;
    const confirmation = (await post("/account/confirm/passkey/options", { token })).json.options.challenge;
    const use = (challenge: string) =>
      post("/sign-in/passkey", { json: { credential: authenticator.assert({ challenge, userHandle }) } });
    for (const challenge of [registration, confirmation, "bWFkZSB1cA"]) {
      expect((await use(challenge)).json.error.code).toBe("CHALLENGE_OVER");
    }
    server.clock.advance({ minutes: 10 });
    expect((await use(old)).json.error.code).toBe("CHALLENGE_OVER");
  });

  it("whose counter goes back is refused and recorded, and so is its copy", async () => {
    const { authenticator, account, userHandle } = await signUpWithPasskey();
    expect((await signInWith(authenticator, { userHandle, counter: 5 })).status).toBe(200);
    for (const counter of [4, 5]) {
      const answer = await signInWith(authenticator, { userHandle, counter });
      expect([answer.status, answer.json.error.code]).toEqual([401, "PASSKEY_REFUSED"]);
    }
    await expect
      .poll(() => logOf(account.uuid), { timeout: 10_000 })
      .toContainEqual({
        action: "sign_in.passkey",
        outcome: "PASSKEY_REFUSED",
        details: JSON.stringify({ reason: "counter" }),
      });
    expect((await signInWith(authenticator, { userHandle, counter: 6 })).status).toBe(200);
  });

  it("lets no disabled account in", async () => {
    const { authenticator, account, userHandle } = await signUpWithPasskey();
    await server.app.features.accounts.disable(account, undefined, BY_OPERATOR);
    const answer = await signInWith(authenticator, { userHandle });
    expect([answer.status, answer.json.error.code]).toEqual([403, "USER_DISABLED"]);
  });

  it("is bounded like passwords: wrong ones of a network are refused after a while", async () => {
    const { userHandle } = await signUpWithPasskey();
    const headers = { "X-Forwarded-For": "198.51.100.7" };
    const credential = createAuthenticator().assert({ challenge: "bWFkZSB1cA", userHandle });
    const codes = new Set<string>();
    for (let tries = 0; tries < 400 && !codes.has("RATE_LIMITED"); tries += 20) {
      const guess = () => post("/sign-in/passkey", { json: { credential }, headers });
      for (const { json } of await Promise.all(Array.from({ length: 20 }, guess))) codes.add(json.error.code);
    }
    expect([...codes]).toEqual(["PASSKEY_UNKNOWN", "RATE_LIMITED"]);
  });
});

describe("a passkey as a second factor", () => {
  it("is asked for after the password, by a ticket, and lets in without user verification", async () => {
    const { email, authenticator } = await signUpWithPasskey({ flags: FLAGS.UP });
    const first = await passwordSignIn(email);
    expect([first.status, first.json.error.code]).toEqual([403, "FACTOR_REQUIRED"]);
    const { ticket, factors } = first.json.error.next;
    expect(factors).toEqual(["passkey"]);
    const { options } = (await post("/sign-in/factor/passkey/options", { json: { ticket } })).json;
    expect(options).toMatchObject({
      userVerification: "preferred",
      allowCredentials: [{ type: "public-key", id: authenticator.id, transports: ["internal", "hybrid"] }],
    });
    const credential = authenticator.assert({ challenge: options.challenge, flags: FLAGS.UP });
    const second = await post("/sign-in/factor", {
      json: { ticket, factor: { kind: "passkey", credential } },
    });
    expect([second.status, second.json.account?.email]).toEqual([200, email]);
  });

  it("is refused if it is another account's, for another challenge, or a copy", async () => {
    const { email, account, authenticator, userHandle } = await signUpWithPasskey();
    const other = await signUpWithPasskey();
    await signInWith(authenticator, { userHandle, counter: 9 });
    const { ticket } = (await passwordSignIn(email)).json.error.next;
    const challenge = async () =>
      (await post("/sign-in/factor/passkey/options", { json: { ticket } })).json.options.challenge;
    const attacks = [
      other.authenticator.assert({ challenge: await challenge() }),
      authenticator.assert({ challenge: await signInChallenge(), userHandle, counter: 10 }),
      authenticator.assert({ challenge: await challenge(), counter: 10, userHandle: other.userHandle }),
      authenticator.assert({ challenge: await challenge(), counter: 9 }),
    ];
    for (const credential of attacks) {
      const answer = await post("/sign-in/factor", {
        json: { ticket, factor: { kind: "passkey", credential } },
      });
      expect([answer.status, answer.json.error.code]).toEqual([403, "FACTOR_WRONG"]);
    }
    await expect
      .poll(() => logOf(account.uuid), { timeout: 10_000 })
      .toContainEqual({
        action: "passkeys.copied",
        outcome: "PASSKEY_REFUSED",
        details: JSON.stringify({ reason: "counter" }),
      });
  });

  it("is not offered with a made-up ticket", async () => {
    const answer = await post("/sign-in/factor/passkey/options", { json: { ticket: "A".repeat(43) } });
    expect([answer.status, answer.json.error.code]).toEqual([401, "SIGN_IN_OVER"]);
  });

  it("is added within a sign-in that cannot go on without one", async () => {
    const strict = await startServer({ environment: { ...ENVIRONMENT, SECOND_FACTOR: "everyone" } });
    const email = await registerUser(strict);
    const { ticket } = (await passwordSignIn(email, strict)).json.error.next;
    const authenticator = createAuthenticator();
    expect((await add(ticket, authenticator, undefined, strict)).status).toBe(200);
    const finished = await post("/sign-in/finish", { json: { ticket } }, strict);
    expect([finished.status, finished.json.account?.email]).toEqual([200, email]);
    const again = await post("/account/factors/passkeys/options", { token: ticket }, strict);
    expect(again.status).toBe(401);
    await strict.close();
  });

  it("goes with its removal: the last one leaves an account that its password opens again", async () => {
    const { email, authenticator, account, userHandle } = await signUpWithPasskey();
    expect(account.factorGeneration).toBeGreaterThan(0);
    const { factors } = server.app.features;
    await factors.rename(account, authenticator.id, "An old phone");
    expect(await factors.listOf(account)).toMatchObject([{ kind: "passkey", name: "An old phone" }]);
    const after = await factors.remove(account, authenticator.id, BY_OPERATOR);
    expect(after.factorGeneration).toBe(0);
    expect((await passwordSignIn(email)).status).toBe(200);
    expect((await signInWith(authenticator, { userHandle })).json.error.code).toBe("PASSKEY_UNKNOWN");
  });
});

describe("a new passkey", () => {
  it("is asked for by options that exclude those that the account has", async () => {
    const { token, authenticator, userHandle } = await signUpWithPasskey();
    const { json } = await post("/account/factors/passkeys/options", { token });
    expect(json.options).toEqual({
      rp: { id: "example.com", name: "Latchkey" },
      user: { id: userHandle, name: expect.any(String), displayName: "San Zhang" },
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      timeout: 600_000,
      excludeCredentials: [{ type: "public-key", id: authenticator.id, transports: ["internal", "hybrid"] }],
      authenticatorSelection: {
        ...{ residentKey: "preferred", requireResidentKey: false, userVerification: "preferred" },
      },
      attestation: "none",
      extensions: { credProps: true },
    });
  });

  it("is refused if it is registered already, here or at another account, which keeps it", async () => {
    const { token, authenticator, userHandle } = await signUpWithPasskey();
    const stranger = await signUp(server);
    for (const each of [token, stranger.token]) {
      const answer = await add(each, authenticator);
      expect([answer.status, answer.json.error.code]).toEqual([409, "PASSKEY_TAKEN"]);
    }
    expect((await accountOf(stranger.email)).factorGeneration).toBe(0);
    expect((await signInWith(authenticator, { userHandle })).status).toBe(200);
  });

  it("is refused for another account's challenge, and a second time for its own", async () => {
    const [one, other] = [await signUp(server), await signUp(server)];
    const { challenge } = (await post("/account/factors/passkeys/options", { token: one.token })).json
      .options;
    const register = (token: string) =>
      post("/account/factors/passkeys", {
        ...{ token, json: { name: "A key", credential: createAuthenticator().register({ challenge }) } },
      });
    expect((await register(other.token)).json.error.code).toBe("CHALLENGE_OVER");
    // The attempt has spent it.
    expect((await register(one.token)).json.error.code).toBe("CHALLENGE_OVER");
  });

  it("is refused from another site, with the reason in the log only", async () => {
    const { email, token } = await signUp(server);
    const { challenge } = (await post("/account/factors/passkeys/options", { token })).json.options;
    const credential = createAuthenticator().register({ challenge, origin: "https://evil.example" });
    const answer = await post("/account/factors/passkeys", { token, json: { name: "A key", credential } });
    expect([answer.status, answer.json.error.code]).toEqual([422, "PASSKEY_INVALID"]);
    expect(answer.text).not.toContain("origin");
    await expect
      .poll(async () => logOf((await accountOf(email)).uuid), { timeout: 10_000 })
      .toContainEqual({
        action: "factors.add_passkey",
        outcome: "PASSKEY_INVALID",
        details: JSON.stringify({ reason: "origin" }),
      });
  });

  it("is one of 20 at most", async () => {
    const { token } = await signUpWithPasskey();
    const answers = [];
    for (let count = 1; count < 20; count++) answers.push((await add(token, createAuthenticator())).status);
    expect(answers).toEqual(answers.map(() => 200));
    const { status, json } = await post("/account/factors/passkeys/options", { token });
    expect([status, json.error.code]).toEqual([409, "TOO_MANY_FACTORS"]);
  });

  it("needs a recent proof of who is at the keyboard", async () => {
    const { token } = await signUp(server);
    server.clock.advance({ minutes: 11 });
    for (const path of ["/account/factors/passkeys/options", "/account/factors/passkeys"]) {
      const credential = createAuthenticator().register({ challenge: "AAAA" });
      const { status, json } = await post(path, { token, json: { name: "A key", credential } });
      expect([status, json.error.code]).toEqual([403, "REAUTHENTICATION_REQUIRED"]);
    }
  });

  it("is recorded when it is added, with what kind of factor it is", async () => {
    const { account } = await signUpWithPasskey();
    await expect
      .poll(() => logOf(account.uuid), { timeout: 10_000 })
      .toContainEqual({
        action: "factors.add_passkey",
        outcome: "ok",
        details: JSON.stringify({ factor: "passkey" }),
      });
  });
});
