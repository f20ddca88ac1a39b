import { ClientError, createRpc, isLatchkeyError, safe } from "@latchkey/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clientTypes } from "../../packages/client/generate/client-types.js";
import { startTrial, type TrialServer, trial } from "../support/trial-api.js";
import { type Browser, openBrowser } from "./browser.js";

let server: TrialServer;
let browser: Browser;
beforeAll(async () => {
  server = await startTrial();
});
afterAll(() => server.close());
beforeEach(() => {
  browser = openBrowser(server);
});
afterEach(() => browser.close());

const next = { ticket: "dGlja2V0", factors: ["totp"], expiresInSeconds: 600 };

describe("an error that carries data", () => {
  it("has it as `next` where a verb fails with it", async () => {
    const tab = browser.tab();
    const { data, error } = await tab.signIn({ username: "ada", password: "factor" });
    expect(data).toBeNull();
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ code: "STEP_REQUIRED", message: "A further step is required.", next });
    expect(tab.getState().status).toBe("signed-out");
  });

  it("has it as `data.next` where a call of a procedure fails with it", async () => {
    const rpc = createRpc({ url: server.url });
    const [, error] = await safe(rpc.auth.login.mutate({ username: "ada", password: "factor" }));
    if (!isLatchkeyError(error)) throw error;
    expect(error.data).toMatchObject({ appCode: "STEP_REQUIRED", next });
  });

  it("is the only one with such a property", async () => {
    const { error } = await browser.tab().signIn({ username: "ada", password: "disabled" });
    expect(error?.code).toBe("USER_DISABLED");
    expect(error).not.toHaveProperty("next");
  });
});

describe("the generated types of errors that carry data", () => {
  // Alone: what other contracts declare is not in question here.
  const text = clientTypes({ trial });

  it("say what each code carries", () => {
    expect(text).toContain(`/** What errors carry as \`next\`, by their codes. */
export interface ErrorData {
  /** A further step is required. */
  STEP_REQUIRED: StepRequired;
  /** There is no such step. */
  STEP_UNKNOWN: {
    known: Array<string>;
  };
}`);
    expect(text).toContain("/** Data of `STEP_REQUIRED`. */\nexport interface StepRequired {\n");
    // What is filled in on its way out is always there.
    expect(text).toContain("  expiresInSeconds: number;\n");
  });

  it("say so where a procedure is documented", () => {
    expect(text).toContain(
      "     * - `STEP_REQUIRED`: A further step is required. Carries {@link ErrorData}.\n",
    );
  });
});
