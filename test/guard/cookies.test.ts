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

  it("counts only for the page that shows its user, if the page says whom it shows", async () => {
    const guard = createGuard({ url: server.url, cookies: { origins: [] } });
    const cookie = `__Host-latchkey=${token}`;
    const owner = (await guard.check({ headers: { ...own, cookie } })).caller?.id;
    const shown = (user: string | undefined) =>
      guard.check({ headers: { ...own, cookie, "latchkey-session": `cookie; user=${user}` } });
    expect((await shown(owner)).caller?.id).toBe(owner);
    expect((await shown("8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77")).refusal?.code).toBe("TOKEN_MISSING");
  });

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

  /**
   * What `trim()` removes besides the whitespace of headers. Browsers accept it in a cookie's name, and do not see
   * the protected prefix behind it.
   */
  const NO_BLANKS = ["\u00a0", "\u000b", "\u000c", "\u0085", "\ufeff", "\u2003", "\u3000", "\u00a0\u00a0"];

  it.each(NO_BLANKS)("is not recognised behind a character that is not a blank: %j", async (character) => {
    const guard = createGuard({ url: server.url, cookies: { origins: [] } });
    const codeOf = async (cookie: string) =>
      (await guard.check({ headers: { ...own, cookie } })).refusal?.code;
    for (const planted of [
      `${character}__Host-latchkey=${other}`,
      `a=b; ${character}__Host-latchkey=${other}`,
      `a=b;\t${character} __Host-latchkey=${other}`,
      `__Host-latchkey${character}=${other}`,
      `__Host-latchkey=${other}${character}`,
    ])
      expect(await codeOf(planted), JSON.stringify(planted)).toBe("TOKEN_MISSING");
    // Nor does it spoil the true one.
    expect(await codeOf(`${character}__Host-latchkey=${other}; __Host-latchkey=${token}`)).toBeUndefined();
  });

  it.each([
    "__HOST-latchkey",
    "__host-latchkey",
    "__Host-Latchkey",
    "__Secure-latchkey",
    "__Http-latchkey",
    "__Host-Http-latchkey",
    "$__Host-latchkey",
    "=__Host-latchkey",
    '"__Host-latchkey"',
    "__Host-latchkey[0]",
  ])("has exactly one name: not %s", async (name) => {
    const guard = createGuard({ url: server.url, cookies: { origins: [] } });
    const cookie = `${name}=${other}`;
    expect((await guard.check({ headers: { ...own, cookie } })).refusal?.code).toBe("TOKEN_MISSING");
    const both = { ...own, cookie: `${cookie}; __Host-latchkey=${token}` };
    expect((await guard.check({ headers: both })).caller).toBeDefined();
  });

  it("is found behind spaces and tabs", async () => {
    const guard = createGuard({ url: server.url, cookies: { origins: [] } });
    const cookie = `a=b;\t  \t__Host-latchkey=${token}\t ; c=d`;
    expect((await guard.check({ headers: { ...own, cookie } })).caller).toBeDefined();
  });

  it("is found in a header of a million blanks", async () => {
    const guard = createGuard({ url: server.url, cookies: { origins: [] } });
    const cookie = `a=${" \t".repeat(500_000)}x; __Host-latchkey=${token}`;
    expect((await guard.check({ headers: { ...own, cookie } })).caller).toBeDefined();
  });
});
