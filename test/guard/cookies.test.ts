import { createGuard } from "@latchkey/guard";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../support/raw-http.js";
import { signUp } from "../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../support/server.js";

const APP = "https://app.example.com";
/** What {@link sendRaw} sends as the host. */
const HOST = "a";

let server: TestServer;
let token: string;
let other: string;
beforeAll(async () => {
  const environment = { COOKIE_SESSIONS: "on", CORS_ORIGINS: APP };
  server = await startServer({ clock: frozenClock(Date.now()), environment });
  [token, other] = [(await signUp(server)).token, (await signUp(server)).token];
});
afterAll(() => server.close());

/** What browsers may say about where a request comes from, and some values that they do not send. */
const SITES = [undefined, "same-origin", "same-site", "cross-site", "none", "SAME-ORIGIN", ""];
const ORIGINS = [undefined, APP, `https://${HOST}`, `http://${HOST}`, "https://evil.example", "null"];
const ASKED = [undefined, "cookie", "token"];
const CASES = SITES.flatMap((site) =>
  ORIGINS.flatMap((origin) => ASKED.map((asked) => ({ site, origin, asked }))),
);

describe("the session cookie", () => {
  it.each(CASES)(
    "counts under the same conditions as on the server: $site, $origin, $asked",
    async (said) => {
      const guard = createGuard({ url: server.url, cookies: { origins: [APP] } });
      const headers = {
        cookie: `a=b; __Host-latchkey=${token}; c=d`,
        ...(said.site !== undefined && { "sec-fetch-site": said.site }),
        ...(said.origin !== undefined && { origin: said.origin }),
        ...(said.asked !== undefined && { "latchkey-session": said.asked }),
      };
      const request = { method: "GET", target: "/api/users/me", headers: Object.entries(headers) };
      const { status } = await sendRaw(server.port, request);
      const { caller, refusal } = await guard.check({ headers: { ...headers, host: HOST } });
      expect(caller === undefined ? refusal.status : 200).toBe(status);
      expect((await guard.check({ headers: new Headers({ ...headers, host: HOST }) })).refusal).toEqual(
        refusal,
      );
    },
  );

  const own = { "sec-fetch-site": "same-origin" };

  it("counts only if the guard was configured for it", async () => {
    const guard = createGuard({ url: server.url });
    const { refusal } = await guard.check({ headers: { ...own, cookie: `__Host-latchkey=${token}` } });
    expect(refusal?.code).toBe("TOKEN_MISSING");
  });

  it("yields to an Authorization header, even a broken one", async () => {
    const guard = createGuard({ url: server.url, cookies: { origins: [] } });
    const headers = { ...own, cookie: `__Host-latchkey=${token}` };
    expect((await guard.check({ headers: { ...headers, authorization: "Basic x" } })).caller).toBeUndefined();
    const theirs = await guard.check({ headers: { ...headers, authorization: `Bearer ${other}` } });
    expect(theirs.caller?.id).not.toBe((await guard.check({ headers })).caller?.id);
  });

  it("is not accepted if there are two of it", async () => {
    const guard = createGuard({ url: server.url, cookies: { origins: [] } });
    const cookie = `__Host-latchkey=${token}; __Host-latchkey=${other}`;
    expect((await guard.check({ headers: { ...own, cookie } })).refusal?.code).toBe("TOKEN_MISSING");
  });
});
