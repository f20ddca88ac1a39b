import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeOf, newVisitorWithApp } from "../support/doors.js";
import { BY_OPERATOR } from "../support/operator.js";
import { freshEmail, login, PASSWORD, registerUser, type Sent, send, signUp } from "../support/rest.js";
import { startServer, type TestServer } from "../support/server.js";
import { type Operation, seedOperations } from "./openapi-document.js";

let server: TestServer;
/** A server whose database has lost a table, so that every call fails unexpectedly. */
let broken: TestServer;
let brokenToken: string;
/** A server whose settings refuse what others allow. */
let strict: TestServer;
/** Servers where registration is closed, and where it takes an invitation. */
let closed: TestServer;
/** A server where every account must have a second factor. */
let enrolling: TestServer;
let invited: TestServer;
beforeAll(async () => {
  server = await startServer({ environment: { COOKIE_SESSIONS: "on" } });
  broken = await startServer();
  strict = await startServer({ environment: { COMMON_PASSWORDS: "refuse", EMAIL_VERIFICATION: "required" } });
  closed = await startServer({ environment: { REGISTRATION: "closed" } });
  invited = await startServer({ environment: { REGISTRATION: "invited" } });
  enrolling = await startServer({ environment: { SECOND_FACTOR: "everyone" } });
  ({ token: brokenToken } = await signUp(broken));
  const database = new Database(broken.databasePath);
  database.exec("ALTER TABLE users RENAME TO lost");
  database.close();
});
afterAll(() => Promise.all([server, broken, strict, closed, invited, enrolling].map((each) => each.close())));

/** The body of an operation, filled in for an account with a known address and password. */
function bodyFor(email: string, { operationId, requestBody }: Operation): Record<string, string> {
  const example = requestBody?.content["application/json"].example ?? {};
  const filled = { ...example, ...("email" in example && { email }) };
  const password = operationId.endsWith("Login") ? PASSWORD : example.password;
  return {
    ...filled,
    ...("username" in example && { username: operationId === "authLogin" ? email : email.split("@", 1)[0] }),
    ...(password !== undefined && { password }),
    ...("old_password" in example && { old_password: PASSWORD }),
  } as Record<string, string>; // Safe: all of them are strings.
}

type Provoke = (operation: Operation, example: unknown) => Promise<Sent>;

const withAccount = async (operation: Operation, change: Record<string, string> = {}): Promise<Sent> => ({
  json: { ...bodyFor(await registerUser(server), operation), ...change },
});

const withSomeoneElse = async (operation: Operation, taken: "email" | "username"): Promise<Sent> => {
  const other = freshEmail();
  const json = bodyFor(other, operation);
  const email = taken === "username" ? freshEmail() : other;
  const username = taken === "username" ? json.username : "somebody else";
  const path = operation.operationId === "authRegister" ? "/api/auth/register" : "/api/users/register";
  await send(server, "POST", path, { json: { ...json, email, ...("username" in json && { username }) } });
  return { json };
};

/** How to provoke each documented answer. */
const PROVOKE: Readonly<Record<string, Provoke>> = {
  TOKEN_MISSING: async () => ({}),
  TOKEN_INVALID: async () => ({ token: "garbage" }),
  TOKEN_EXPIRED: async () => {
    const { token } = await signUp(server);
    // Past the refresh window: within it, a session can still be ended with the token.
    server.clock.advance({ days: 7 });
    return { token };
  },
  REFRESH_REJECTED: async () => {
    const { token } = await signUp(server);
    await send(server, "POST", "/api/users/logout", { token });
    return { token };
  },
  SESSION_STOLEN: async () => {
    const { token } = await signUp(server);
    const refresh = (headers: Record<string, string>) =>
      send(server, "POST", "/api/users/refresh_token", { token, headers });
    const { json } = await refresh({ "Idempotency-Key": "0123456789abcdef" });
    server.clock.advance({ seconds: 11 });
    // An attacker who has copied the token does not know the key.
    await refresh({});
    return { token: json.access_token };
  },
  PASSWORD_TOO_COMMON: async (operation) => {
    const isReset = operation.operationId.startsWith("usersResetPassword");
    const email = isReset ? await registerUser(strict) : freshEmail();
    const common = { [isReset ? "new_password" : "password"]: "password123" };
    return { json: { ...bodyFor(email, operation), ...common } };
  },
  EMAIL_NOT_VERIFIED: async (operation) => {
    const isLogin = operation.operationId.endsWith("Login");
    const email = isLogin ? await registerUser(strict) : freshEmail();
    return { json: { ...bodyFor(email, operation), password: PASSWORD } };
  },
  COOKIE_REFUSED: async (operation) => ({
    ...(operation.requestBody !== undefined && { json: bodyFor(freshEmail(), operation) }),
    headers: { "Latchkey-Session": "cookie", Origin: "https://elsewhere.example" },
  }),
  INVALID_INPUT: async (operation, example) => {
    // Safe: the next line reads it from the document's own example.
    const { loc } = (example as { detail: [{ loc: [string, string] }] }).detail[0];
    if (loc[0] === "header") return { token: (await signUp(server)).token, headers: { [loc[1]]: "short" } };
    const { [loc[1]]: _, ...json } = bodyFor(freshEmail(), operation);
    return { json };
  },
  UNREADABLE: async () => ({ body: Uint8Array.of(0xff) }),
  TOO_LARGE: async () => ({ body: "x".repeat(64 * 1024) }),
  EMAIL_TAKEN: (operation) => withSomeoneElse(operation, "email"),
  USERNAME_TAKEN: (operation) => withSomeoneElse(operation, "username"),
  INVALID_CREDENTIALS: (operation) => withAccount(operation, { password: "wrong" }),
  WRONG_PASSWORD: (operation) => withAccount(operation, { old_password: "wrong" }),
  USER_NOT_FOUND: async (operation) => ({ json: bodyFor(freshEmail(), operation) }),
  RATE_LIMITED: async (operation) => {
    const email = await registerUser(server);
    const guess = { json: { email, password: "wrong" } };
    await Promise.all(Array.from({ length: 30 }, () => send(server, "POST", "/api/users/login", guess)));
    return { json: bodyFor(email, operation) };
  },
  USER_DISABLED: async (operation) => {
    const email = await registerUser(server);
    const { accounts } = server.app.features;
    const account = await accounts.find({ email });
    if (account === undefined) throw new Error("registered, but not found");
    await accounts.disable(account, undefined, BY_OPERATOR);
    return { json: bodyFor(email, operation) };
  },
  PASSWORD_CHANGE_REQUIRED: async (operation) => {
    const email = await registerUser(server);
    const { accounts, credentials } = server.app.features;
    const account = await accounts.find({ email });
    if (account === undefined) throw new Error("registered, but not found");
    await credentials.set(account, { password: PASSWORD, temporary: true }, BY_OPERATOR);
    const json = bodyFor(email, operation);
    return { json: { ...json, ...("new_password" in json && { new_password: PASSWORD }) } };
  },
  FACTOR_REQUIRED: async (operation) => ({ json: bodyFor((await withApp()).email, operation) }),
  FACTOR_WRONG: async (operation) => {
    const { email, secret = "" } = await withApp();
    const at = { url: server.url, nowMs: server.clock.nowMs };
    return { json: bodyFor(email, operation), headers: { "Latchkey-Code": codeOf(at, secret, 5) } };
  },
  ENROLMENT_REQUIRED: async (operation) => {
    const email = operation.operationId.endsWith("Login") ? await registerUser(enrolling) : freshEmail();
    return { json: { ...bodyFor(email, operation), password: PASSWORD } };
  },
  REGISTRATION_CLOSED: async (operation) => ({ json: bodyFor(freshEmail(), operation) }),
  INVITATION_REQUIRED: async (operation) => ({ json: bodyFor(freshEmail(), operation) }),
  INTERNAL: async (operation) => ({
    ...(operation.requestBody === undefined
      ? { token: brokenToken }
      : { json: bodyFor(freshEmail(), operation) }),
  }),
};

const withApp = () => newVisitorWithApp({ url: server.url, nowMs: server.clock.nowMs });

/** These need many requests and have tests of their own. */
const NEED_MANY: ReadonlySet<string> = new Set(["UNAVAILABLE", "TOO_MANY_REQUESTS"]);

const documented = seedOperations.flatMap(([name, operation]) =>
  Object.entries(operation.responses).flatMap(([status, { content }]) =>
    Object.entries(content["application/json"].examples ?? {})
      .filter(([code]) => !NEED_MANY.has(code))
      .map(([code, { value }]) => ({ name, operation, status: Number(status), code, value })),
  ),
);

/** Where an error occurs. */
const serverOf = (code: string) => {
  if (code === "INTERNAL") return broken;
  if (code === "REGISTRATION_CLOSED") return closed;
  if (code === "INVITATION_REQUIRED") return invited;
  if (code === "ENROLMENT_REQUIRED") return enrolling;
  return code === "PASSWORD_TOO_COMMON" || code === "EMAIL_NOT_VERIFIED" ? strict : server;
};

const split = (name: string) => name.split(" ") as [method: string, path: string];

describe("the examples of errors", () => {
  it.each(documented)("$name answers $status as documented: $code", async (example) => {
    const { name, operation, status, code, value } = example;
    const provoke = PROVOKE[code];
    if (provoke === undefined) throw new Error(`no known way to provoke ${code}`);
    const sent = await provoke(operation, value);
    const answer = await send(serverOf(code), ...split(name), sent);
    expect([answer.status, answer.text]).toEqual([status, JSON.stringify(value)]);
  });
});

/** What differs between accounts. */
const VARYING = ["id", "username", "email", "created_at", "updated_at", "token", "access_token"];

/** A body's text with varying values replaced by their types. */
const outline = (body: unknown) =>
  JSON.stringify(body, (key, value: unknown) => (VARYING.includes(key) ? typeof value : value));

describe("the examples of success", () => {
  it.each(seedOperations)("%s answers 200 as documented", async (name, operation) => {
    const email = await registerUser(server);
    const register = operation.operationId.endsWith("Register");
    const sent =
      operation.requestBody === undefined
        ? { token: await login(server, email) }
        : { json: bodyFor(register ? freshEmail() : email, operation) };
    const answer = await send(server, ...split(name), sent);
    expect(answer.status).toBe(200);
    expect(outline(answer.json)).toBe(outline(operation.responses[200]?.content["application/json"].example));
  });
});
