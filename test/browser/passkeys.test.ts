import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openBrowser } from "../support/browser.js";
import { noBrowser } from "../support/chromium.js";
import { type Pages, servePages } from "../support/pages.js";
import { PASSWORD, type Sent, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { runningClock } from "./example.js";

type Options = Readonly<Record<string, unknown>>;

interface Given {
  readonly options: Options;
  readonly mediation?: "conditional";
}

/** In the page: a new credential, as its JSON; or the name of the error. */
function create(page: Page, options: Options) {
  return page.evaluate(async (options) => {
    try {
      // Safe: the page's own code, which passes on what the server says.
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never);
      const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
      return { credential: credential.toJSON() };
    } catch (error) {
      return { failed: (error as Error).name };
    }
  }, options);
}

/** In the page: an assertion, as its JSON; or the name of the error. */
function get(page: Page, given: Given) {
  return page.evaluate(async ({ options, mediation }) => {
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never);
      const request = { publicKey, ...(mediation !== undefined && { mediation }) };
      const credential = (await navigator.credentials.get(request)) as PublicKeyCredential;
      return { credential: credential.toJSON() };
    } catch (error) {
      return { failed: (error as Error).name };
    }
  }, given);
}

/** The browser's virtual authenticator. */
interface VirtualAuthenticator {
  readonly cdp: CDPSession;
  readonly id: string;
  setUserVerified(isVerified: boolean): Promise<void>;
}

async function plugIn(
  page: Page,
  of: { readonly hasUserVerification?: boolean } = {},
): Promise<VirtualAuthenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable", { enableUI: false });
  const hasUserVerification = of.hasUserVerification ?? true;
  const { authenticatorId: id } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification,
      isUserVerified: hasUserVerification,
      automaticPresenceSimulation: true,
    },
  });
  return {
    cdp,
    id,
    setUserVerified: async (isUserVerified) => {
      await cdp.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified });
    },
  };
}

describe.skipIf(noBrowser !== undefined)(
  `passkeys in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let folder: string;
    let pages: Pages;
    let otherPages: Pages;
    let server: TestServer;
    let browser: Browser;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "latchkey-passkeys-"));
      const field = '<label>Name <input name="username" autocomplete="username webauthn"></label>';
      await writeFile(join(folder, "index.html"), `<!doctype html><title>Sign in</title>${field}`);
      [pages, otherPages, browser] = await Promise.all([
        servePages(folder),
        servePages(folder),
        openBrowser(),
      ]);
      server = await startServer({ environment: { APP_URL: pages.url }, clock: runningClock() });
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      pages?.close();
      otherPages?.close();
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    });

    let context: BrowserContext;
    let page: Page;
    let authenticator: VirtualAuthenticator;
    beforeEach(async () => {
      await context?.close();
      context = await browser.newContext();
      page = await context.newPage();
      await page.goto(pages.url);
      authenticator = await plugIn(page);
    });

    const post = (path: string, sent: Sent = {}) =>
      send(server, "POST", `/api/v1${path}`, { json: {}, ...sent });
    const optionsOf = async (path: string, sent?: Sent): Promise<Options> =>
      (await post(path, sent)).json.options;

    /** A new user who adds a passkey in the page. */
    const signUpWithPasskey = async () => {
      const user = await signUp(server);
      const options = await optionsOf("/account/factors/passkeys/options", { token: user.token });
      const made = await create(page, options);
      const added = await post("/account/factors/passkeys", {
        ...{ token: user.token, json: { name: "A laptop", ...made } },
      });
      expect(added.status, `${JSON.stringify(made)} ${added.text}`).toBe(200);
      return { ...user, passkey: added.json };
    };

    const signIn = async (given: Omit<Given, "options"> & { readonly change?: Options } = {}) => {
      const { change, ...rest } = given;
      const options = { ...(await optionsOf("/sign-in/passkey/options")), ...change };
      const answer = await get(page, { options, ...rest });
      return "failed" in answer ? answer : post("/sign-in/passkey", { json: answer });
    };

    const lastReason = async (email: string) => {
      const account = await server.app.features.accounts.find({ email });
      const { entries } = await server.app.features.audit.list(
        { subject: account?.uuid, outcome: "failed" },
        { limit: 1 },
      );
      return entries[0]?.details ?? "";
    };

    it("are made, sign in alone, and are listed with their last use", async () => {
      const { email, passkey } = await signUpWithPasskey();
      expect(passkey).toMatchObject({ name: "A laptop", signsIn: true, lastUsedAt: null });
      const answer = await signIn();
      expect(answer).toMatchObject({ status: 200, json: { account: { email } } });
      const { token } = (answer as { json: { token: string } }).json;
      const list = await send(server, "GET", "/api/v1/account/factors/passkeys", { token });
      expect(list.json).toMatchObject({ rpId: "localhost", passkeys: [{ id: passkey.id }] });
      expect(list.json.passkeys[0].lastUsedAt).not.toBeNull();
    });

    it("sign in from the autofill of a field, again and again", async () => {
      const { email } = await signUpWithPasskey();
      for (const _ of [1, 2]) {
        const answer = await signIn({ mediation: "conditional" });
        expect(answer).toMatchObject({ status: 200, json: { account: { email } } });
      }
    });

    it("are not made twice on one authenticator", async () => {
      const { token } = await signUpWithPasskey();
      const options = await optionsOf("/account/factors/passkeys/options", { token });
      expect(await create(page, options)).toEqual({ failed: "InvalidStateError" });
    });

    it("are a second factor after a password, also without user verification", async () => {
      const { email, passkey } = await signUpWithPasskey();
      await authenticator.setUserVerified(false);
      const first = await post("/sign-in/password", { json: { username: email, password: PASSWORD } });
      expect(first.json.error.code).toBe("FACTOR_REQUIRED");
      const { ticket } = first.json.error.next;
      const options = await optionsOf("/sign-in/factor/passkey/options", { json: { ticket } });
      expect(options.allowCredentials).toMatchObject([{ id: passkey.id }]);
      const answer = await get(page, { options: { ...options, userVerification: "discouraged" } });
      const second = await post("/sign-in/factor", {
        json: { ticket, factor: { kind: "passkey", ...answer } },
      });
      expect([second.status, second.json.account?.email]).toEqual([200, email]);
    });

    it("do not sign in alone without user verification, even if a page does not ask for it", async () => {
      const { email } = await signUpWithPasskey();
      await authenticator.setUserVerified(false);
      expect(await signIn()).toEqual({ failed: "NotAllowedError" });
      const answer = await signIn({ change: { userVerification: "discouraged" } });
      expect(answer).toMatchObject({ status: 401, json: { error: { code: "PASSKEY_REFUSED" } } });
      await expect.poll(() => lastReason(email), { timeout: 10_000 }).toContain("user verification");
    });

    it("of an authenticator that cannot verify its user are only second factors", async () => {
      await authenticator.cdp.send("WebAuthn.removeVirtualAuthenticator", {
        authenticatorId: authenticator.id,
      });
      await plugIn(page, { hasUserVerification: false });
      const { passkey } = await signUpWithPasskey();
      expect(passkey.signsIn).toBe(false);
      expect(await signIn()).toEqual({ failed: "NotAllowedError" });
    });

    it("that were copied are refused once the original or the copy was used after the other", async () => {
      const { email } = await signUpWithPasskey();
      const { credentials } = await authenticator.cdp.send("WebAuthn.getCredentials", {
        authenticatorId: authenticator.id,
      });
      const [copy] = credentials;
      if (copy === undefined) throw new Error("no credential");
      expect(await signIn()).toMatchObject({ status: 200 });
      expect(await signIn()).toMatchObject({ status: 200 });
      // The copy, with the counter of when it was made, takes the place of the original.
      await authenticator.cdp.send("WebAuthn.removeCredential", {
        ...{ authenticatorId: authenticator.id, credentialId: copy.credentialId },
      });
      await authenticator.cdp.send("WebAuthn.addCredential", {
        ...{ authenticatorId: authenticator.id, credential: copy },
      });
      const answer = await signIn();
      expect(answer).toMatchObject({ status: 401, json: { error: { code: "PASSKEY_REFUSED" } } });
      await expect.poll(() => lastReason(email), { timeout: 10_000 }).toContain("counter");
    });

    it("sign in no more once they were removed", async () => {
      const { email, passkey } = await signUpWithPasskey();
      const account = await server.app.features.accounts.find({ email });
      if (account === undefined) throw new Error("not registered");
      await server.app.features.factors.remove(account, passkey.id, { language: "en" });
      const answer = await signIn();
      expect(answer).toMatchObject({ status: 401, json: { error: { code: "PASSKEY_UNKNOWN" } } });
    });

    it("do not work on a page of another origin, though its host is the same", async () => {
      const { email } = await signUpWithPasskey();
      await page.goto(otherPages.url);
      const answer = await signIn();
      expect(answer).toMatchObject({ status: 401, json: { error: { code: "PASSKEY_REFUSED" } } });
      await expect.poll(() => lastReason(email), { timeout: 10_000 }).toContain("origin");
    });

    it("cannot be asked for, or made, on a page of another site", async () => {
      const { token } = await signUpWithPasskey();
      await page.goto(pages.otherSiteUrl);
      expect(await signIn()).toEqual({ failed: "SecurityError" });
      const options = await optionsOf("/account/factors/passkeys/options", { token });
      expect(await create(page, options)).toEqual({ failed: "SecurityError" });
    });

    it("made for another domain are refused", async () => {
      const { token } = await signUp(server);
      const deeper = pages.url.replace("localhost", "shop.localhost");
      await page.goto(deeper);
      const options = await optionsOf("/account/factors/passkeys/options", { token });
      const own = { ...options, rp: { id: "shop.localhost", name: "Another" } };
      const made = await create(page, own);
      const answer = await post("/account/factors/passkeys", { token, json: { name: "A key", ...made } });
      expect([answer.status, answer.json.error.code]).toEqual([422, "PASSKEY_INVALID"]);
    });

    it("of two ceremonies at once both sign in, and neither answer counts twice", async () => {
      const { email } = await signUpWithPasskey();
      const [one, other] = [
        await optionsOf("/sign-in/passkey/options"),
        await optionsOf("/sign-in/passkey/options"),
      ];
      const answers = [await get(page, { options: other }), await get(page, { options: one })];
      for (const json of answers) {
        expect(await post("/sign-in/passkey", { json })).toMatchObject({
          ...{ status: 200, json: { account: { email } } },
        });
      }
      for (const json of answers) {
        expect((await post("/sign-in/passkey", { json })).json.error.code).toBe("CHALLENGE_OVER");
      }
    });

    it("are asked for one at a time in a page: another request fails until the first is aborted", async () => {
      const { email } = await signUpWithPasskey();
      const setPresence = (enabled: boolean) =>
        authenticator.cdp.send("WebAuthn.setAutomaticPresenceSimulation", {
          ...{ authenticatorId: authenticator.id, enabled },
        });
      const options = await optionsOf("/sign-in/passkey/options");
      await setPresence(false);
      const failed = await page.evaluate(async (options) => {
        // Safe: the page's own code, which passes on what the server says.
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never);
        const nameOf = (error: unknown) => (error as Error).name;
        const first = new AbortController();
        const waiting = navigator.credentials.get({ publicKey, signal: first.signal }).catch(nameOf);
        const another = await navigator.credentials.get({ publicKey }).catch(nameOf);
        first.abort();
        return [another, await waiting];
      }, options);
      expect(failed).toEqual(["OperationError", "AbortError"]);
      await setPresence(true);
      expect(await signIn()).toMatchObject({ status: 200, json: { account: { email } } });
    });
  },
);
