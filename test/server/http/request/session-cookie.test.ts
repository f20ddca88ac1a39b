import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, type RawRequest, sendRaw } from "../../../support/raw-http.js";
import { freshEmail, PASSWORD, registerUser } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

const APP = "https://app.example.com";
const ASKS = ["Latchkey-Session", "cookie"] as const;
const WEEK_SECONDS = 7 * 24 * 3600;
const ATTRIBUTES = `Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=${WEEK_SECONDS}`;
const CLEARED = "__Host-latchkey=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0";

type Header = readonly [name: string, value: string];
const SAME_ORIGIN: readonly Header[] = [["Sec-Fetch-Site", "same-origin"]];

let server: TestServer;
let off: TestServer;
beforeAll(async () => {
  const environment = { CORS_ORIGINS: APP };
  [server, off] = await Promise.all([
    startServer({ environment: { ...environment, COOKIE_SESSIONS: "on" } }),
    startServer({ environment }),
  ]);
});
afterAll(() => Promise.all([server.close(), off.close()]));

interface Sent {
  readonly headers?: readonly Header[];
  readonly json?: unknown;
  readonly at?: TestServer;
}

/** Sends a request with exactly these headers. */
function send(method: string, target: string, { headers = [], json, at = server }: Sent = {}) {
  const request: RawRequest = {
    method,
    target,
    headers: json === undefined ? headers : [["Content-Type", "application/json"], ...headers],
    ...(json !== undefined && { body: JSON.stringify(json) }),
  };
  return sendRaw(at.port, request);
}

const cookiesOf = ({ headers }: RawAnswer) =>
  headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);

/** The token that an answer put in the cookie. */
function kept(answer: RawAnswer): string {
  const [cookie = "", ...others] = cookiesOf(answer);
  expect(others).toEqual([]);
  const token = /^__Host-latchkey=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+); (.*)$/.exec(cookie);
  expect(token?.[2]).toBe(ATTRIBUTES);
  return token?.[1] ?? "";
}

const cookie = (token: string): Header => ["Cookie", `__Host-latchkey=${token}`];
const bearer = (token: string): Header => ["Authorization", `Bearer ${token}`];

/** The same calls over REST and tRPC. */
const DOORS = [
  {
    door: "REST",
    login: "/api/users/login",
    refresh: "/api/users/refresh_token",
    logout: "/api/users/logout",
    me: "/api/users/me",
    output: (answer: RawAnswer) => JSON.parse(answer.body),
    code: (answer: RawAnswer) => JSON.parse(answer.body).detail,
    refused: "This page may not keep its session in a cookie here.",
    missing: "Not authenticated",
  },
  {
    door: "tRPC",
    login: "/trpc/users.login",
    refresh: "/trpc/users.refreshToken",
    logout: "/trpc/users.logout",
    me: "/trpc/users.me",
    output: (answer: RawAnswer) => JSON.parse(answer.body).result.data,
    code: (answer: RawAnswer) => JSON.parse(answer.body).error.data.appCode,
    refused: "COOKIE_REFUSED",
    missing: "TOKEN_MISSING",
  },
] as const;

/** Registers an account and signs it in with a cookie; resolves to the token in it. */
async function signIn(): Promise<string> {
  const email = await registerUser(server);
  const headers = [ASKS, ...SAME_ORIGIN];
  return kept(await send("POST", "/api/users/login", { headers, json: { email, password: PASSWORD } }));
}

describe.each(DOORS)("$door with COOKIE_SESSIONS=on", (door) => {
  it("puts the token of a sign-in in a cookie, and not in the body", async () => {
    const email = await registerUser(server);
    const json = { email, password: PASSWORD };
    const answer = await send("POST", door.login, { headers: [ASKS, ...SAME_ORIGIN], json });
    expect(answer.status).toBe(200);
    expect(door.output(answer)).toEqual({ access_token: "", token_type: "bearer", expires_in: 180 });
    const token = kept(answer);
    expect(answer.body).not.toContain(token.split(".")[2]);
    expect((await send("GET", door.me, { headers: [bearer(token)] })).status).toBe(200);
  });

  it("serves a request with the cookie from a page of its own", async () => {
    const headers = [cookie(await signIn()), ...SAME_ORIGIN];
    const me = await send("GET", door.me, { headers });
    expect(me.status).toBe(200);
    expect(cookiesOf(me)).toEqual([]);
  });

  it.each([
    ["with the header", [ASKS]],
    ["without the header: a script must not get a token out of the cookie", []],
  ] as const)("refreshes the cookie by the cookie, %s", async (_, asks) => {
    const token = await signIn();
    const refreshed = await send("POST", door.refresh, {
      headers: [...asks, cookie(token), ...SAME_ORIGIN],
      json: {},
    });
    expect(refreshed.status).toBe(200);
    expect(door.output(refreshed).access_token).toBe("");
    const successor = kept(refreshed);
    expect(refreshed.body).not.toContain(successor.split(".")[2]);
    expect((await send("GET", door.me, { headers: [cookie(token), ...SAME_ORIGIN] })).status).toBe(401);
    expect((await send("GET", door.me, { headers: [cookie(successor), ...SAME_ORIGIN] })).status).toBe(200);
  });

  it("moves a session from a bearer token into a cookie", async () => {
    const headers = [ASKS, bearer(await signIn()), ...SAME_ORIGIN];
    kept(await send("POST", door.refresh, { headers, json: {} }));
  });

  it("deletes the cookie at logout, even with an expired token", async () => {
    const token = await signIn();
    const headers = [cookie(token), ...SAME_ORIGIN];
    const logout = await send("POST", door.logout, { headers, json: {} });
    expect([logout.status, cookiesOf(logout)]).toEqual([200, [CLEARED]]);
    const again = await send("POST", door.logout, { headers, json: {} });
    expect([again.status, cookiesOf(again)]).toEqual([401, [CLEARED]]);
    const expired = [cookie(await signIn()), ...SAME_ORIGIN];
    server.clock.advance({ minutes: 181 });
    const late = await send("POST", door.logout, { headers: expired, json: {} });
    expect([late.status, cookiesOf(late)]).toEqual([200, [CLEARED]]);
    const over = await send("POST", door.refresh, { headers: expired, json: {} });
    expect([over.status, cookiesOf(over)]).toEqual([403, [CLEARED]]);
    const rejected = await send("POST", door.refresh, { headers, json: {} });
    expect([rejected.status, cookiesOf(rejected)]).toEqual([403, [CLEARED]]);
  });

  it("leaves the cookie if another tab has exchanged its token: the browser has the successor", async () => {
    const headers = [cookie(await signIn()), ...SAME_ORIGIN];
    kept(await send("POST", door.refresh, { headers, json: {} }));
    server.clock.advance({ seconds: 11 });
    const late = await send("POST", door.refresh, { headers, json: {} });
    expect([late.status, cookiesOf(late)]).toEqual([403, []]);
    const me = await send("GET", door.me, { headers });
    expect([me.status, cookiesOf(me)]).toEqual([401, []]);
  });

  it("lets Authorization win, even a broken one", async () => {
    const [own, other] = [await signIn(), await signIn()];
    for (const value of [`Bearer ${own}x`, "Bearer", "Basic YTpi", ""]) {
      const headers: Header[] = [["Authorization", value], cookie(other), ...SAME_ORIGIN];
      expect((await send("GET", door.me, { headers })).status, value).toBe(401);
      expect(cookiesOf(await send("POST", door.logout, { headers, json: {} })), value).toEqual([]);
    }
    const both = [bearer(own), cookie(other), ...SAME_ORIGIN];
    const logout = await send("POST", door.logout, { headers: both, json: {} });
    expect([logout.status, cookiesOf(logout)]).toEqual([200, []]);
    expect((await send("GET", door.me, { headers: [bearer(other)] })).status).toBe(200);
    expect((await send("GET", door.me, { headers: [bearer(own)] })).status).toBe(401);
  });

  const FOREIGN: ReadonlyArray<readonly [string, readonly Header[]]> = [
    ["another site", [["Sec-Fetch-Site", "cross-site"]]],
    [
      "another site that pretends to be ours",
      [
        ["Sec-Fetch-Site", "cross-site"],
        ["Origin", APP],
      ],
    ],
    ["a typed URL or a bookmark", [["Sec-Fetch-Site", "none"]]],
    [
      "a neighbour on the same site, with a form",
      [
        ["Sec-Fetch-Site", "same-site"],
        ["Origin", "https://evil.example.com"],
      ],
    ],
    ["a neighbour on the same site, with a link", [["Sec-Fetch-Site", "same-site"]]],
    [
      "a sandboxed frame",
      [
        ["Sec-Fetch-Site", "cross-site"],
        ["Origin", "null"],
      ],
    ],
    [
      "a value twice",
      [
        ["Sec-Fetch-Site", "same-origin"],
        ["Sec-Fetch-Site", "cross-site"],
      ],
    ],
    ["an unknown value", [["Sec-Fetch-Site", "Same-Origin"]]],
    ["an old browser on another site", [["Origin", "https://evil.example"]]],
    ["an old browser's sandboxed frame", [["Origin", "null"]]],
    ["an old browser on our host without TLS", [["Origin", "http://a"]]],
    [
      "two origins",
      [
        ["Origin", APP],
        ["Origin", "https://evil.example"],
      ],
    ],
  ];

  it.each(FOREIGN)("changes nothing and reads nothing for %s", async (_, from) => {
    const token = await signIn();
    const headers = [cookie(token), ...from];
    for (const [method, path] of [
      ["GET", door.me],
      ["POST", door.logout],
      ["POST", door.refresh],
    ] as const) {
      const answer = await send(method, path, { headers, ...(method === "POST" && { json: {} }) });
      expect([answer.status, door.code(answer), cookiesOf(answer)]).toEqual([401, door.missing, []]);
    }
    expect((await send("GET", door.me, { headers: [bearer(token)] })).status).toBe(200);
  });

  it.each(FOREIGN)("begins no session in a cookie for %s", async (_, from) => {
    const json = { email: await registerUser(server), password: PASSWORD };
    const answer = await send("POST", door.login, { headers: [ASKS, ...from], json });
    expect([answer.status, door.code(answer), cookiesOf(answer)]).toEqual([403, door.refused, []]);
  });

  it("does not read a cookie from an unknown page", async () => {
    const headers = [cookie(await signIn())];
    expect((await send("GET", door.me, { headers })).status).toBe(401);
  });

  const OWN: ReadonlyArray<readonly [string, readonly Header[]]> = [
    ["a page of the same origin", SAME_ORIGIN],
    [
      "a listed page on the same site",
      [
        ["Sec-Fetch-Site", "same-site"],
        ["Origin", APP],
      ],
    ],
    ["an old browser on a listed page", [["Origin", APP]]],
    ["an old browser on a page of the same origin", [["Origin", "https://a"]]],
    ["an old browser that reads, with the header", [ASKS]],
  ];

  it.each(OWN)("serves %s", async (_, from) => {
    const token = await signIn();
    expect((await send("GET", door.me, { headers: [cookie(token), ...from] })).status).toBe(200);
    const json = { email: await registerUser(server), password: PASSWORD };
    kept(await send("POST", door.login, { headers: [ASKS, ...from.filter((each) => each !== ASKS)], json }));
  });

  it("finds its cookie among others, and accepts none of several", async () => {
    const token = await signIn();
    const read = async (...values: string[]) =>
      (
        await send("GET", door.me, {
          headers: [...values.map((value): Header => ["Cookie", value]), ...SAME_ORIGIN],
        })
      ).status;
    const own = `__Host-latchkey=${token}`;
    expect(await read(`a=1; ${own}; b="x;y"`)).toBe(200);
    expect(await read("theme=dark", own)).toBe(200);
    expect(await read(`x__Host-latchkey=1; ${own}`)).toBe(200);
    expect(await read(`${own}; __Host-latchkey=other.token.here`)).toBe(401);
    expect(await read(`__Host-latchkey=; ${own}`)).toBe(401);
    expect(await read(own, own)).toBe(401);
    for (const other of ["__host-latchkey", "latchkey", "__Secure-latchkey", "__Host-latchkey "])
      expect(await read(`${other}=${token}`), other).toBe(401);
    for (const value of [
      "",
      `"${token}"`,
      `${token} `.replace(".", "%2e"),
      "\u00ff",
      ";;;=;",
      "x".repeat(9000),
    ])
      expect(await read(`__Host-latchkey=${value}`), value.slice(0, 20)).toBe(401);
    expect(await read("x=y;".repeat(3000))).toBe(401);
  });
});

/** Whose token it is. */
const userOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).sub;
const shows = (user: string): Header => ["Latchkey-Session", `cookie; user=${user}`];

describe.each(DOORS)("$door to a page that says which user it shows", (door) => {
  const CALLS = [
    ["GET", door.me],
    ["POST", door.refresh],
    ["POST", door.logout],
  ] as const;

  it("serves the cookie of that user", async () => {
    let token = await signIn();
    for (const [method, path] of CALLS) {
      const headers = [shows(userOf(token)), cookie(token), ...SAME_ORIGIN];
      const answer = await send(method, path, { headers, ...(method === "POST" && { json: {} }) });
      expect(answer.status, path).toBe(200);
      if (path === door.refresh) token = kept(answer);
    }
  });

  it("does nothing with another user's cookie, and leaves it where it is", async () => {
    const [token, other] = [await signIn(), await signIn()];
    const headers = [shows(userOf(other)), cookie(token), ...SAME_ORIGIN];
    for (const [method, path] of CALLS) {
      const answer = await send(method, path, { headers, ...(method === "POST" && { json: {} }) });
      expect([answer.status, door.code(answer), cookiesOf(answer)], path).toEqual([401, door.missing, []]);
    }
    expect((await send("GET", door.me, { headers: [bearer(token)] })).status).toBe(200);
  });

  it("deletes a broken cookie at logout, whichever user the page shows", async () => {
    for (const broken of ["x", "x.y.z", "a.e30.b", "a.bnVsbA.b"]) {
      const headers = [shows("8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77"), cookie(broken), ...SAME_ORIGIN];
      const logout = await send("POST", door.logout, { headers, json: {} });
      expect([logout.status, cookiesOf(logout)], broken).toEqual([401, [CLEARED]]);
    }
  });

  it.each([
    "cookie;",
    "cookie; user=",
    "cookie; user=a b",
    "Cookie",
    "cookie, cookie",
    `cookie; user=${"a".repeat(65)}`,
  ])("is not asked for a cookie by %j", async (value) => {
    const json = { email: await registerUser(server), password: PASSWORD };
    const headers: Header[] = [["Latchkey-Session", value], ...SAME_ORIGIN];
    expect(cookiesOf(await send("POST", door.login, { headers, json }))).toEqual([]);
  });
});

describe("COOKIE_SESSIONS=on", () => {
  it.each(["\u00a0", "\u00ff", "\u00a0 "])(
    "ignores a cookie that a neighbouring host planted under the name behind %j",
    async (character) => {
      const [own, planted] = [await signIn(), await signIn()];
      // Not with `sendRaw`: these are single bytes, as a browser sends them.
      const me = (value: string) =>
        fetch(`${server.url}/api/users/me`, { headers: { "Sec-Fetch-Site": "same-origin", Cookie: value } });
      const foreign = `${character}__Host-latchkey=${planted}`;
      for (const value of [foreign, `a=b; ${foreign}`]) expect((await me(value)).status, value).toBe(401);
      const both = await me(`${foreign}; __Host-latchkey=${own}`);
      expect(both.status).toBe(200);
      const alone = await me(`__Host-latchkey=${own}`);
      expect(await both.text()).toBe(await alone.text());
    },
  );

  it("puts the token of the auth surface in the cookie, inside its envelope", async () => {
    const json = { username: `c${Date.now()}`, email: freshEmail(), password: PASSWORD };
    for (const path of ["/api/auth/register", "/api/auth/login"]) {
      const answer = await send("POST", path, { headers: [ASKS, ...SAME_ORIGIN], json });
      const { success, data } = JSON.parse(answer.body);
      expect([answer.status, success, Object.keys(data), data.token]).toEqual([
        200,
        true,
        ["user", "token"],
        "",
      ]);
      const verified = await send("GET", "/api/auth/verify", {
        headers: [cookie(kept(answer)), ...SAME_ORIGIN],
      });
      expect(JSON.parse(verified.body).data).toEqual(data.user);
    }
  });

  it("spares the cookie's session when a new password is set", async () => {
    const email = await registerUser(server);
    const json = { email, password: PASSWORD };
    const token = kept(await send("POST", "/api/users/login", { headers: [ASKS, ...SAME_ORIGIN], json }));
    const headers = [cookie(token), ...SAME_ORIGIN];
    const change = { email, old_password: PASSWORD, new_password: "another password" };
    expect((await send("POST", "/api/users/reset_password", { headers, json: change })).status).toBe(200);
    expect((await send("GET", "/api/users/me", { headers })).status).toBe(200);
  });

  it("repeats a refresh with its idempotency key, and gives both tabs the same successor", async () => {
    const headers = [
      cookie(await signIn()),
      ...SAME_ORIGIN,
      ["Idempotency-Key", "0123456789abcdef"] as const,
    ];
    const answers = await Promise.all(
      [1, 2, 3].map(() => send("POST", "/api/users/refresh_token", { headers })),
    );
    expect(new Set(answers.map(kept)).size).toBe(1);
  });

  it("deletes the cookie if its token was treated as stolen, or is older than its window", async () => {
    const keyed = (key: string): Header => ["Idempotency-Key", key.padEnd(16, "0")];
    const headers = [cookie(await signIn()), ...SAME_ORIGIN];
    kept(await send("POST", "/api/users/refresh_token", { headers: [...headers, keyed("one")] }));
    server.clock.advance({ seconds: 11 });
    const thief = await send("POST", "/api/users/refresh_token", { headers });
    expect([thief.status, cookiesOf(thief)]).toEqual([403, [CLEARED]]);

    const forgotten = [cookie(await signIn()), ...SAME_ORIGIN];
    server.clock.advance({ days: 7 });
    const late = await send("POST", "/api/users/refresh_token", { headers: forgotten });
    expect([late.status, cookiesOf(late)]).toEqual([403, [CLEARED]]);
  });

  it("accepts no form: what a foreign page can send without a preflight is not JSON, or has no cookie", async () => {
    const token = await signIn();
    const form: Header = ["Content-Type", "text/plain"];
    const headers = [
      form,
      cookie(token),
      ["Sec-Fetch-Site", "cross-site"],
      ["Origin", "https://evil.example"],
    ] as const;
    const request = { method: "POST", target: "/api/users/logout", headers, body: '{"a":"="}' };
    expect((await sendRaw(server.port, request)).status).toBe(401);
    expect((await sendRaw(server.port, { ...request, target: "/trpc/users.logout" })).status).not.toBe(200);
    expect((await send("GET", "/api/users/me", { headers: [bearer(token)] })).status).toBe(200);
  });

  it.each([
    ["trpc-accept", "application/jsonl"],
    ["Accept", "text/html, application/jsonl"],
  ] as const)(
    "begins and exchanges nothing in a streamed answer: its head is sent before (%s)",
    async (...accept) => {
      const token = await signIn();
      const json = { 0: { email: await registerUser(server), password: PASSWORD } };
      const headers = [ASKS, accept, ...SAME_ORIGIN];
      const login = await send("POST", "/trpc/users.login?batch=1", { headers, json });
      expect(login.body).toContain("COOKIE_REFUSED");
      const refresh = await send("POST", "/trpc/users.refreshToken?batch=1", {
        headers: [accept, cookie(token), ...SAME_ORIGIN],
        json: { 0: {} },
      });
      expect(refresh.body).toContain("COOKIE_REFUSED");
      expect((await send("GET", "/api/users/me", { headers: [bearer(token)] })).status).toBe(200);
    },
  );

  it("sets one cookie for a batch", async () => {
    const json = { 0: { email: await registerUser(server), password: PASSWORD }, 1: {} };
    const headers = [ASKS, ...SAME_ORIGIN];
    const answer = await send("POST", "/trpc/users.login,users.logout?batch=1", { headers, json });
    const [login] = JSON.parse(answer.body);
    expect(login.result.data.access_token).toBe("");
    kept(answer);
  });

  it("tells pages of listed origins that they may send the header", async () => {
    const headers: Header[] = [
      ["Origin", APP],
      ["Access-Control-Request-Method", "POST"],
      ["Access-Control-Request-Headers", "latchkey-session"],
    ];
    const answer = await send("OPTIONS", "/api/users/login", { headers });
    const allowed = answer.headers.find(([name]) => name === "access-control-allow-headers")?.[1];
    expect(allowed?.toLowerCase().split(/, */)).toContain("latchkey-session");
  });

  it("recognises a request for cookies only by the exact word", async () => {
    const json = { email: await registerUser(server), password: PASSWORD };
    for (const word of ["Cookie", "cookies", "", "cookie, cookie"]) {
      const headers = [["Latchkey-Session", word] as const, ...SAME_ORIGIN];
      const answer = await send("POST", "/api/users/login", { headers, json });
      expect([cookiesOf(answer), JSON.parse(answer.body).access_token.length > 99], word).toEqual([[], true]);
    }
  });
});

describe("COOKIE_SESSIONS=off, the default", () => {
  it.each(["/api/users/login", "/trpc/users.login"])(
    "ignores the header and the cookie: %s",
    async (login) => {
      const json = { email: await registerUser(off), password: PASSWORD };
      const answer = await send("POST", login, { headers: [ASKS, ...SAME_ORIGIN], json, at: off });
      expect(cookiesOf(answer)).toEqual([]);
      const token = /eyJ[\w.-]+/.exec(answer.body)?.[0] ?? "";
      expect((await send("GET", "/api/users/me", { headers: [bearer(token)], at: off })).status).toBe(200);
      const headers = [ASKS, cookie(token), ...SAME_ORIGIN];
      expect((await send("GET", "/api/users/me", { headers, at: off })).status).toBe(401);
    },
  );

  it("answers requests without header and cookie as a server with cookies does, byte for byte", async () => {
    const requests = [
      ["POST", "/api/users/login", { email: "nobody@example.com", password: "x" }],
      ["POST", "/api/users/register", {}],
      ["GET", "/api/users/me", undefined],
      ["POST", "/api/users/refresh_token", undefined],
      ["POST", "/trpc/users.login", {}],
      ["GET", "/trpc/users.me", undefined],
      ["POST", "/trpc/users.logout", {}],
    ] as const;
    const bytes = ({ status, headers, body }: RawAnswer) => ({
      status,
      headers: headers.filter(([name]) => name !== "x-request-id" && name !== "date"),
      body,
    });
    for (const [method, path, json] of requests) {
      for (const headers of [[], SAME_ORIGIN, [["Origin", APP] as const]]) {
        const sent = { headers, ...(json !== undefined && { json }) };
        const [on, without] = await Promise.all([
          send(method, path, sent),
          send(method, path, { ...sent, at: off }),
        ]);
        expect(bytes(on), path).toEqual(bytes(without));
      }
    }
  });
});
