import { newestText } from "./mail.js";
import { type Answer, registerUser, send } from "./rest.js";
import { runElsewhere } from "./rows.js";
import type { TestServer } from "./server.js";

/** The code and the link's secret in the newest mail to an address; first delivers what is due. */
export async function mailedCode(server: TestServer, to: string) {
  const text = await newestText(server, to);
  const [, first, second] = /^(\d{3}) (\d{3})$/m.exec(text) ?? [];
  const secret = /\/sign-in#secret=([\w-]{43})$/m.exec(text)?.[1];
  if (first === undefined) throw new Error(`No code in: ${text}`);
  return { code: `${first}${second}`, secret: secret ?? "" };
}

/** A code that differs from another one. */
export function wrongCode(code: string, by = 1): string {
  return String((Number(code) + by) % 1_000_000).padStart(6, "0");
}

/** Registers an account whose owner has confirmed the address. */
export async function registerConfirmed(server: TestServer, email?: string): Promise<string> {
  const registered = await registerUser(server, email);
  await runElsewhere(server, "UPDATE users SET email_verified_at = 1 WHERE email = ?", registered);
  return registered;
}

/** Makes it an account that has a second factor, of which a mailed code can take the place. */
export async function giveFactor(server: TestServer, email: string, generation = 5): Promise<void> {
  await runElsewhere(server, "UPDATE users SET factor_generation = ? WHERE email = ?", generation, email);
}

type Headers = Record<string, string>;

/** Asks for a code; resolves to the ticket. */
export async function askForCode(server: TestServer, email: string, headers: Headers = {}): Promise<string> {
  const answer = await send(server, "POST", "/api/v1/sign-in/email-code/request", {
    json: { email },
    headers,
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json.ticket;
}

/** Signs in with a mailed code. */
export function completeCode(
  server: TestServer,
  json: { readonly ticket: string; readonly code: string; readonly newPassword?: string },
  headers: Headers = {},
): Promise<Answer> {
  return send(server, "POST", "/api/v1/sign-in/email-code/complete", { json, headers });
}

/** Signs in with the password and a mailed code as the second factor. */
export async function signInByBoth(
  server: TestServer,
  {
    email,
    password,
    trustDevice,
  }: { readonly email: string; readonly password: string; readonly trustDevice?: boolean },
  headers: Headers = {},
): Promise<Answer> {
  const first = await send(server, "POST", "/api/v1/sign-in/password", {
    json: { username: email, password },
    headers,
  });
  const { ticket } = first.json.error.next;
  // Mails of the same millisecond have no order.
  server.clock.advance({ ms: 1 });
  await send(server, "POST", "/api/v1/sign-in/email-code/send", { json: { ticket }, headers });
  const { code } = await mailedCode(server, email);
  const json = { ticket, factor: { kind: "emailCode", code }, ...(trustDevice && { trustDevice }) };
  return send(server, "POST", "/api/v1/sign-in/factor", { json, headers });
}
