import { join } from "node:path";
import { build } from "esbuild";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ask, suggest } from "../../packages/client/src/ceremony.js";
import type { useAuthenticator } from "../../packages/client/src/webauthn.js";
import { openBrowser } from "../support/browser.js";
import { noBrowser } from "../support/chromium.js";

const SOURCE = join(import.meta.dirname, "../../packages/client/src");

/** What the test's page has in addition: the client's own modules, and what has come of each ceremony. */
declare const window: {
  ask: typeof ask;
  suggest: typeof suggest;
  useAuthenticator: typeof useAuthenticator;
  outcomes: Record<string, string>;
  begun: number;
  /** Begins a ceremony and notes under a name what comes of it. */
  start(name: string, ceremony: Promise<unknown>): void;
  /** A dialog, or suggestions that a controller can end. */
  get(controller?: AbortController): Promise<unknown>;
  /** A dialog that ends when `leaving` is aborted. */
  getUntilLeaving(): Promise<unknown>;
  leaving: AbortController;
};

const CHALLENGE = "q0S3sPvJ6VXYbJ0yL0b7xQpU6rXo1h2nq0mB7r8x0Ko";
const CREATION = {
  rp: { id: "localhost", name: "Test" },
  user: { id: "OGJhMGU2YTE", name: "ada", displayName: "Ada" },
  challenge: CHALLENGE,
  pubKeyCredParams: [{ type: "public-key", alg: -7 }],
  authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
};

describe.skipIf(noBrowser !== undefined)(
  `the page's passkey ceremony${noBrowser ? ` (skipped: ${noBrowser})` : ""}`,
  () => {
    let script: string;
    let close: () => Promise<void>;
    let newContext: () => Promise<BrowserContext>;
    beforeAll(async () => {
      const { outputFiles } = await build({
        stdin: {
          contents:
            'import { ask, suggest } from "./ceremony.js"; import { useAuthenticator } from "./webauthn.js"; Object.assign(globalThis, { ask, suggest, useAuthenticator });',
          resolveDir: SOURCE,
        },
        bundle: true,
        format: "iife",
        write: false,
      });
      script = outputFiles[0]?.text ?? "";
      const browser = await openBrowser();
      newContext = () => browser.newContext();
      close = () => browser.close();
    }, 120_000);
    afterAll(() => close?.());

    let context: BrowserContext;
    let page: Page;
    let cdp: CDPSession;
    let authenticatorId: string;
    beforeEach(async () => {
      context = await newContext();
      page = await context.newPage();
      await page.route("**/*", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: '<!doctype html><input autocomplete="username webauthn">',
        }),
      );
      await page.goto("https://localhost/");
      await page.evaluate(script);
      await page.evaluate(
        (options) => {
          window.outcomes = {};
          window.begun = 0;
          window.leaving = new AbortController();
          window.start = (name, ceremony) => {
            ceremony.then(
              () => {
                window.outcomes[name] = "done";
              },
              (error) => {
                window.outcomes[name] = error.code ?? String(error);
              },
            );
          };
          window.get = (controller) => {
            window.begun++;
            return window.useAuthenticator(
              "get",
              options,
              controller && { mediation: "conditional", signal: controller.signal },
            );
          };
          window.getUntilLeaving = () => {
            window.begun++;
            return window.useAuthenticator("get", options, { signal: window.leaving.signal });
          };
        },
        { challenge: CHALLENGE, rpId: "localhost", allowCredentials: [] },
      );
      cdp = await context.newCDPSession(page);
      await cdp.send("WebAuthn.enable", { enableUI: false });
      ({ authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      }));
    });
    afterEach(() => context?.close());

    /** Whether the user touches the authenticator. */
    const present = (enabled: boolean) =>
      cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
    const register = () => page.evaluate((options) => window.useAuthenticator("create", options), CREATION);
    const outcomes = () => page.evaluate(() => window.outcomes);
    const settled = async (name: string) => {
      await page.waitForFunction((name) => window.outcomes[name] !== undefined, name);
      return (await outcomes())[name];
    };
    const hasBegun = (times: number) => page.waitForFunction((times) => window.begun >= times, times);

    it("returns what the browser's own toJSON writes, without what no server reads", async () => {
      const pairs = await page.evaluate(
        async ({ creation, request }) => {
          // Safe: browsers have it since 2025, and this one does.
          const own = navigator.credentials as unknown as Record<
            "create" | "get",
            (options: unknown) => Promise<{ toJSON(): { response: Record<string, unknown> } }>
          >;
          const json: unknown[] = [];
          for (const kind of ["create", "get"] as const) {
            const call = own[kind].bind(own);
            own[kind] = async (options) => {
              const credential = await call(options);
              json.push(credential.toJSON());
              return credential;
            };
            const made = await window.useAuthenticator(kind, kind === "create" ? creation : request);
            // As it is sent.
            json.push(JSON.parse(JSON.stringify(made)));
          }
          return json;
        },
        { creation: CREATION, request: { challenge: CHALLENGE, rpId: "localhost" } },
      );
      const [createdThere, created, gotThere, got] = pairs as { response: Record<string, unknown> }[];
      expect(createdThere).toMatchObject(created ?? {});
      expect(gotThere).toMatchObject(got ?? {});
      expect(Object.keys(created?.response ?? {}).sort()).toEqual([
        "authenticatorData",
        "clientDataJSON",
        "publicKey",
        "publicKeyAlgorithm",
        "transports",
      ]);
      expect(Object.keys(got?.response ?? {}).sort()).toEqual([
        "authenticatorData",
        "clientDataJSON",
        "signature",
        "userHandle",
      ]);
    });

    it("makes room for a button's while suggestions are waiting, which then continue", async () => {
      await register();
      await present(false);
      await page.evaluate(() => window.start("suggestion", window.suggest(window.get, undefined)));
      await hasBegun(1);
      // Whoever was asked before waits on.
      await present(true);
      expect(await outcomes()).toEqual({});
      await page.evaluate(() => window.start("button", window.ask(window.get)));
      expect(await settled("button")).toBe("done");
      expect(await settled("suggestion")).toBe("done");
      expect(await page.evaluate(() => window.begun)).toBe(3);
    });

    it("continues the suggestions after the button's was cancelled", async () => {
      await register();
      await present(false);
      await page.evaluate(() => window.start("suggestion", window.suggest(window.get, undefined)));
      await hasBegun(1);
      await page.evaluate(() => window.start("button", window.ask(window.getUntilLeaving)));
      await hasBegun(2);
      await present(true);
      await page.evaluate(() => window.leaving.abort());
      expect(await settled("button")).toBe("PASSKEY_CANCELLED");
      expect(await settled("suggestion")).toBe("done");
    });

    it("survives effects that run twice: the first never begins, and one whose place was taken waits", async () => {
      await register();
      await present(false);
      await page.evaluate(() => {
        const first = new AbortController();
        window.start("first", window.suggest(window.get, first.signal));
        first.abort();
        window.start("second", window.suggest(window.get, window.leaving.signal));
      });
      expect(await settled("first")).toBe("PASSKEY_CANCELLED");
      await hasBegun(1);
      expect(await page.evaluate(() => window.begun)).toBe(1);
      await page.evaluate(() => window.start("third", window.suggest(window.get, undefined)));
      await present(true);
      expect(await outcomes()).toEqual({ first: "PASSKEY_CANCELLED" });
      await page.evaluate(() => window.leaving.abort());
      expect(await settled("second")).toBe("PASSKEY_CANCELLED");
      expect(await settled("third")).toBe("done");
      expect(await page.evaluate(() => window.begun)).toBe(2);
    });

    it("refuses a second dialog, and leaves the first alone", async () => {
      await register();
      await present(false);
      await page.evaluate(() => {
        window.start("first", window.ask(window.getUntilLeaving));
        window.start("second", window.ask(window.get));
      });
      expect(await settled("second")).toBe("PASSKEY_BUSY");
      await hasBegun(1);
      expect(await outcomes()).toEqual({ second: "PASSKEY_BUSY" });
      await present(true);
      await page.evaluate(() => window.leaving.abort());
      expect(await settled("first")).toBe("PASSKEY_CANCELLED");
      await page.evaluate(() => window.start("third", window.ask(window.get)));
      expect(await settled("third")).toBe("done");
    });

    it("says what went wrong in codes", async () => {
      const fail = (kind: "create" | "get", options: unknown) =>
        page.evaluate(
          ({ kind, options }) =>
            // Safe: only what it fails with is in question.
            window.useAuthenticator(kind, options as { challenge: string }).then(
              () => "done",
              (error) => error.code ?? error.name,
            ),
          { kind, options },
        );
      const made = (await register()) as { id: string };
      const excludeCredentials = [{ type: "public-key", id: made.id }];
      expect(await fail("create", { ...CREATION, excludeCredentials })).toBe("PASSKEY_TAKEN");
      expect(await fail("get", { challenge: CHALLENGE, rpId: "example.com" })).toBe("PASSKEYS_UNAVAILABLE");
      expect(await fail("create", { challenge: CHALLENGE })).toBe("TypeError");
      await page.evaluate(() => Object.defineProperty(window, "PublicKeyCredential", { value: undefined }));
      expect(await fail("get", { challenge: CHALLENGE })).toBe("PASSKEYS_UNAVAILABLE");
    });
  },
);
