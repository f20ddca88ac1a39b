import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../../support/rest.js";
import { startTrial, type TrialServer } from "../../support/trial-api.js";
import { call } from "../../support/trpc.js";

let server: TrialServer;
beforeAll(async () => {
  server = await startTrial();
});
afterAll(() => server.close());

const PATH = "/api/v1/trial/sign-in";
const rest = (password: string, headers = {}) => send(server, "POST", PATH, { json: { password }, headers });
const trpc = (password: string) => call(server, "mutation", "trial.signIn", { input: { password } });
const next = { ticket: "dGlja2V0", factors: ["totp"], expiresInSeconds: 600 };

describe("the data of an error", () => {
  it("is `next` in bodies of /api/v1, beside the code and the message in the caller's language", async () => {
    const { status, json } = await rest("factor");
    expect(status).toBe(403);
    expect(json).toEqual({
      error: { code: "STEP_REQUIRED", message: "A further step is required.", next },
    });
    const chinese = await rest("factor", { "Accept-Language": "zh-CN" });
    expect(chinese.json.error).toEqual({ code: "STEP_REQUIRED", message: "还需要一步。", next });
  });

  it("is `next` over tRPC, beside the code", async () => {
    const { status, json } = await trpc("factor");
    expect(status).toBe(403);
    expect(json).toEqual({
      error: {
        message: "A further step is required.",
        code: expect.any(Number),
        data: { code: "FORBIDDEN", httpStatus: 403, appCode: "STEP_REQUIRED", next },
      },
    });
  });

  it("comes along with the seconds to wait", async () => {
    const expected = { next: { known: ["password"] }, retryAfterSeconds: 2 };
    const answer = await rest("step");
    expect(answer.json.error).toMatchObject({ code: "STEP_UNKNOWN", ...expected });
    expect(answer.headers.get("retry-after")).toBe("2");
    expect((await trpc("step")).json.error.data).toMatchObject({ appCode: "STEP_UNKNOWN", ...expected });
  });

  it("never changes the fixed bodies of the two API documents", async () => {
    const json = { username: "ada", password: "factor" };
    const { status, text } = await send(server, "POST", "/api/auth/login", { json });
    expect([status, text]).toEqual([403, '{"detail":"还需要一步"}']);
  });

  it("is absent where an error carries none", async () => {
    const { json } = await rest("disabled");
    expect(json).toEqual({ error: { code: "USER_DISABLED", message: "This account is disabled." } });
    const data = { code: "FORBIDDEN", httpStatus: 403, appCode: "USER_DISABLED" };
    expect((await trpc("disabled")).json.error.data).toEqual(data);
  });

  it("never holds what its schema does not name", async () => {
    const answers = [await rest("factor"), await trpc("factor")];
    for (const { text } of answers) expect(text).not.toMatch(/hash|sha256/);
  });

  it("is a fault of the server's where it does not fit, and nothing of it goes out or into the log", async () => {
    const before = server.logLines.length;
    const answers = [await rest("bug"), await trpc("bug")];
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect(answers[0]?.json.error).toEqual({ code: "INTERNAL", message: "Internal Server Error" });
    expect(answers[1]?.json.error.data).toEqual({
      code: "INTERNAL_SERVER_ERROR",
      httpStatus: 500,
      appCode: "INTERNAL",
    });
    const lines = server.logLines.slice(before);
    expect(lines.join("\n")).toContain("ZodError");
    for (const text of [...answers.map((answer) => answer.text), ...lines])
      expect(text).not.toMatch(/dGlja2V0|sms|sha256/);
  });
});
