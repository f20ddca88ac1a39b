import { createHmac } from "node:crypto";
import { createGuard, type Guard, type ServerOptions } from "@latchkey/guard";

/** A `fetch` that counts what it is asked for. */
export function countingFetch() {
  const urls: string[] = [];
  const counting = (url: string, init: RequestInit) => {
    urls.push(url);
    return fetch(url, init);
  };
  return { fetch: counting, urls };
}

export const bearing = (token: string) => ({ headers: new Headers({ Authorization: `Bearer ${token}` }) });

/** What a guard says of a token: a caller, or the code that it is refused with. */
export async function judge(guard: Guard, token: string) {
  const { caller, refusal } = await guard.check(bearing(token));
  return caller ?? refusal.code;
}

/** A guard, with everything that it asked for and complained of. */
export function watchedGuard(options: ServerOptions) {
  const { fetch, urls } = countingFetch();
  const complaints: unknown[] = [];
  const onServerAway = (reason: unknown) => complaints.push(reason);
  return { guard: createGuard({ fetch, onServerAway, ...options }), urls, complaints };
}

export const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
export const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());
export const partsOf = (token: string) => token.split(".") as [string, string, string]; // Safe: a token has three.

/** A token that is signed with a secret, whatever it says. */
export function hs256(header: object, payload: object, secret: string | Buffer): string {
  const head = `${encode(header)}.${encode(payload)}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}
