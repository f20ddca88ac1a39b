import type { TestServer } from "./server.js";

/** An answer as a REST client sees it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as text, unchanged. */
  readonly text: string;
  /** The body as JSON; `undefined` for an empty one. */
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
  readonly json: any;
}

export interface Sent {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent unchanged, without a content type unless `headers` names one. */
  readonly body?: string | Uint8Array;
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

/** Sends one request over real HTTP. */
export async function send(
  server: Pick<TestServer, "url">,
  method: string,
  path: string,
  { json, body, token, headers = {} }: Sent = {},
): Promise<Answer> {
  const sent = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(json !== undefined && { "Content-Type": "application/json" }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    // A byte array, because fetch would add a content type for a string.
    ...(sent !== undefined && {
      body: typeof sent === "string" ? new TextEncoder().encode(sent) : new Uint8Array(sent),
    }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text === "" ? undefined : JSON.parse(text),
  };
}

let made = 0;

/** An address that no other test uses. */
export function freshEmail(): string {
  made++;
  return `user${made}.${process.pid}@example.com`;
}

export const PASSWORD = "correct horse battery";

/** Registers on the users surface. */
export async function registerUser(
  server: Pick<TestServer, "url">,
  email = freshEmail(),
  password = PASSWORD,
): Promise<string> {
  const json = { email, password, first_name: "San", last_name: "Zhang", phone_number: "13800138000" };
  const answer = await send(server, "POST", "/api/users/register", { json });
  if (answer.status !== 200) throw new Error(answer.text);
  return email;
}

/** Signs in on the users surface; resolves to the token. */
export async function login(
  server: Pick<TestServer, "url">,
  email: string,
  password = PASSWORD,
): Promise<string> {
  const answer = await send(server, "POST", "/api/users/login", { json: { email, password } });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json.access_token;
}

/** Registers and signs in. */
export async function signUp(
  server: Pick<TestServer, "url">,
): Promise<{ readonly email: string; readonly token: string }> {
  const email = await registerUser(server);
  return { email, token: await login(server, email) };
}
