import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, PASSWORD, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { logout } from "./accounts.js";
import { ENDPOINTS } from "./endpoints.js";
import { expectDetail } from "./expect-answer.js";
import { sendRaw } from "./raw.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const PROTECTED = ENDPOINTS.filter(({ access }) => access === "token");
const PUBLIC = ENDPOINTS.filter(({ access }) => access === "public");

/** Sends the header to the letter; `undefined` for none. */
async function answerTo(endpoint: { method: string; path: string }, authorization?: string) {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return sendRaw(server, { ...endpoint, headers });
}

describe.each(PROTECTED)("$method $path", ({ method, path }) => {
  const missing = path.startsWith("/api/auth") ? "Authentication required" : "Not authenticated";
  const invalid = path.startsWith("/api/auth") ? "Invalid token" : "Token is invalid";

  it.each(["Bearer", "bearer", "BEARER", "bEaReR"])("takes the scheme %s", async (scheme) => {
    const { token } = await signUp(server);
    expect((await answerTo({ method, path }, `${scheme} ${token}`)).status).toBe(200);
  });

  it("does not count a header that is missing, empty, of another scheme, or nothing but a scheme", async () => {
    const { token } = await signUp(server);
    for (const header of [
      undefined,
      "",
      " ",
      "Bearer",
      "Bearer ",
      token,
      `Basic ${token}`,
      `Token ${token}`,
      `Bearer:${token}`,
      `Bearer\t${token}`,
      `Bearer,${token}`,
      `"Bearer" ${token}`,
      `Bearers ${token}`,
      "undefined",
      "null",
    ]) {
      const { status, headers, text } = await answerTo({ method, path }, header);
      expect([header, status, text]).toEqual([header, 401, `{"detail":"${missing}"}`]);
      expect(headers["www-authenticate"]).toBe("Bearer");
    }
  });

  it("splits at the first blank and takes the rest for the token, to the letter", async () => {
    const { token } = await signUp(server);
    for (const rest of [
      ` ${token}`,
      `${token} x`,
      `${token},${token}`,
      `"${token}"`,
      `${token}=`,
      "undefined",
    ]) {
      const { status, headers, text } = await answerTo({ method, path }, `Bearer ${rest}`);
      expect([rest, status, text]).toEqual([rest, 401, `{"detail":"${invalid}"}`]);
      expect(headers["www-authenticate"]).toBe("Bearer");
    }
    expect((await answerTo({ method, path }, `Bearer ${token}`)).status).toBe(200);
  });

  it("reads no token from anywhere else", async () => {
    const { token } = await signUp(server);
    const headers = { Cookie: `access_token=${token}`, "X-Access-Token": token };
    const answer = await sendRaw(server, { method, path: `${path}?access_token=${token}`, headers });
    expect(answer.status).toBe(401);
  });
});

describe.each(PUBLIC)("$path", ({ path }) => {
  /** A body that each of the public endpoints answers well. */
  async function goodBody() {
    const { email } = await signUp(server);
    if (path.endsWith("register")) {
      const fresh = freshEmail();
      const names = { first_name: "", last_name: "", phone_number: "" };
      return { username: fresh, email: fresh, password: PASSWORD, ...names };
    }
    return { username: email, email, password: PASSWORD, old_password: PASSWORD, new_password: PASSWORD };
  }

  it("takes no notice of a header that is stale or broken", async () => {
    const { token: stale } = await signUp(server);
    await logout(server, stale);
    for (const Authorization of ["Bearer", "garbage", "Bearer garbage", "Basic xyz", `Bearer ${stale}`]) {
      const answer = await send(server, "POST", path, { json: await goodBody(), headers: { Authorization } });
      expect([Authorization, answer.status]).toEqual([Authorization, 200]);
    }
  });

  it("asks nobody who sends a bad body for a token", async () => {
    const answer = await send(server, "POST", path, { json: {} });
    expect([400, 422]).toContain(answer.status);
    expect(answer.headers.has("www-authenticate")).toBe(false);
  });
});

describe("a 401", () => {
  it("for a wrong password does not ask for a token", async () => {
    const json = { username: freshEmail(), password: PASSWORD };
    const answer = await send(server, "POST", "/api/auth/login", { json });
    expectDetail(answer, 401, "用户名或密码错误");
    expect(answer.headers.has("www-authenticate")).toBe(false);
  });
});
