import { adminUsers } from "@latchkey/contracts/admin/users";
import { BY_OPERATOR } from "../../../support/operator.js";
import { freshEmail, login, PASSWORD, send, signUp } from "../../../support/rest.js";
import type { TestServer } from "../../../support/server.js";
import { call } from "../../../support/trpc.js";

export type Name = keyof typeof adminUsers;

/** A protocol's answer, in the same form for REST and tRPC, so that one test can cover both. */
export interface Heard {
  readonly status: number;
  /** The error's code; absent on success. */
  readonly code: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what was promised.
  readonly output: any;
}

/** Calls a procedure through one protocol. */
export type Door = (
  server: TestServer,
  name: Name,
  sent: { readonly input?: Readonly<Record<string, unknown>>; readonly token?: string | undefined },
) => Promise<Heard>;

const overRest: Door = async (server, name, { input = {}, token }) => {
  const { method, path } = adminUsers[name].rest;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, key = ""]) => key);
  const filled = inPath.reduce(
    (so, key) => so.replace(`{${key}}`, encodeURIComponent(String(input[key]))),
    path as string,
  );
  const rest = Object.entries(input).filter(([key]) => !inPath.includes(key));
  const query = new URLSearchParams(
    Object.fromEntries(rest.map(([key, value]) => [key, String(value)])),
  ).toString();
  const takesBody = method === "POST" || method === "PATCH";
  const answer = await send(server, method, takesBody || query === "" ? filled : `${filled}?${query}`, {
    ...(takesBody && { json: Object.fromEntries(rest) }),
    ...(token !== undefined && { token }),
  });
  return { status: answer.status, code: answer.json?.error?.code, output: answer.json };
};

const overTrpc: Door = async (server, name, { input = {}, token }) => {
  const { kind } = adminUsers[name];
  const query = kind === "query" ? `?input=${encodeURIComponent(JSON.stringify(input))}` : "";
  const sent = { ...(kind === "mutation" && { input }), ...(token !== undefined && { token }) };
  const { status, json } = await call(server, kind, `adminUsers.${name}${query}`, sent);
  return { status, code: json.error?.data.appCode, output: json.result?.data };
};

export const DOORS: ReadonlyArray<readonly [name: string, door: Door]> = [
  ["REST", overRest],
  ["tRPC", overTrpc],
];

/** A user who has an account and is signed in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly token: string;
}

export async function newUser(server: TestServer): Promise<Person> {
  const { email, token } = await signUp(server);
  const account = await server.app.features.accounts.find({ email });
  if (account === undefined) throw new Error(`there is no ${email}`);
  return { id: account.uuid, email, token };
}

/** An administrator as the command line makes one, who has just entered the password. */
export async function newAdmin(server: TestServer): Promise<Person> {
  const email = freshEmail();
  const { registrations } = server.app.features;
  const { uuid } = await registrations.create({ email, password: PASSWORD, role: "admin" }, BY_OPERATOR);
  return { id: uuid, email, token: await login(server, email) };
}
