import type { Chapter } from "../play.js";
import { signUp } from "../requests.js";
import type { Header } from "../wire.js";
import { ENDPOINTS } from "./endpoints.js";

const OWN = "http://localhost:3000";
const ALLOWED: Readonly<Record<string, string>> = {
  "an allowed origin": OWN,
  "the other allowed origin": "http://localhost:5173",
};
const REFUSED: Readonly<Record<string, string>> = {
  "an origin that is not allowed": "https://evil.example",
  "another port": "http://localhost:3001",
  "another scheme": "https://localhost:3000",
  "a longer host": "http://localhost:3000.evil.example",
  "another letter case": "http://LOCALHOST:3000",
  "the origin null": "null",
  "an empty origin": "",
};

export const preflights: Chapter = {
  name: "preflights",
  async play({ ask }) {
    const asked: readonly Header[] = [
      ["Access-Control-Request-Method", "POST"],
      ["Access-Control-Request-Headers", "authorization,content-type,idempotency-key"],
    ];
    const preflight = (target: string, origin: string, more = asked) => ({
      method: "OPTIONS",
      target,
      headers: [["Origin", origin] as const, ...more],
    });
    for (const { path } of ENDPOINTS) {
      await ask("an allowed origin", preflight(path, OWN));
      await ask("an origin that is not allowed", preflight(path, "https://evil.example"));
    }
    for (const [label, origin] of Object.entries({ ...ALLOWED, ...REFUSED })) {
      await ask(label, preflight("/api/users/login", origin));
    }
    for (const [label, more] of Object.entries({
      "no method asked for": [],
      "an unknown method asked for": [["Access-Control-Request-Method", "PURGE"]],
      "no headers asked for": [["Access-Control-Request-Method", "GET"]],
      "other headers asked for": [
        ["Access-Control-Request-Method", "POST"],
        ["Access-Control-Request-Headers", "x-other"],
      ],
      "a private network": [
        ["Access-Control-Request-Method", "POST"],
        ["Access-Control-Request-Private-Network", "true"],
      ],
    } satisfies Record<string, readonly Header[]>)) {
      await ask(label, preflight("/api/users/login", OWN, more));
    }
    await ask("an unknown path", preflight("/api/nothing", OWN));
    await ask("a trailing slash", preflight("/api/users/me/", OWN));
  },
};

const originsOf = (name: string, listed: typeof ALLOWED): Chapter => ({
  name,
  async play(stage) {
    const token = await signUp(stage, "ana@example.com");
    for (const [label, origin] of Object.entries(listed)) {
      const from: Header = ["Origin", origin];
      const wrong = { email: "ana@example.com", password: "wrong" };
      const headers: readonly Header[] = [from, ["Authorization", `Bearer ${token}`]];
      await stage.askAll({
        [`${label}: a success`]: { method: "GET", target: "/api/users/me", headers },
        [`${label}: no token`]: { method: "GET", target: "/api/auth/verify", headers: [from] },
        [`${label}: a wrong password`]: {
          method: "POST",
          target: "/api/users/login",
          json: wrong,
          headers: [from],
        },
        [`${label}: a bad body`]: { method: "POST", target: "/api/auth/login", body: "{", headers: [from] },
        [`${label}: a large body`]: {
          method: "POST",
          target: "/api/auth/login",
          body: "x".repeat(70_000),
          headers: [from],
        },
        [`${label}: an unknown path`]: { method: "GET", target: "/api/nothing", headers: [from] },
        [`${label}: a wrong method`]: { method: "GET", target: "/api/users/login", headers: [from] },
      });
    }
  },
});

export const origins = [originsOf("origins-allowed", ALLOWED), originsOf("origins-refused", REFUSED)];

export const ownOrigins: Chapter = {
  name: "origins-set",
  environment: { CORS_ORIGINS: "https://app.example.com, https://other.example.com:8443" },
  async play({ ask }) {
    for (const origin of ["https://app.example.com", "https://other.example.com:8443", OWN]) {
      const headers: readonly Header[] = [["Origin", origin]];
      await ask("a request", { method: "GET", target: "/api/me", headers });
      const asked: Header = ["Access-Control-Request-Method", "GET"];
      await ask("a preflight", { method: "OPTIONS", target: "/api/me", headers: [...headers, asked] });
    }
  },
};
