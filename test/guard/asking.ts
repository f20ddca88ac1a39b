import { createHmac } from "node:crypto";
import { createGuard, type Guard, type ServerOptions } from "@latchkey/guard";

/** A `fetch` that counts its requests. */
export function countingFetch() {
  const urls: string[] = [];
  const counting = (url: string, init: RequestInit) => {
    urls.push(url);
    return fetch(url, init);
  };
  return { fetch: counting, urls };
}

export const bearing = (token: string) => ({ headers: new Headers({ Authorization: `Bearer ${token}` }) });

/** A guard's verdict on a token: a caller, or the code of the refusal. */
export async function judge(guard: Guard, token: string) {
  const { caller, refusal } = await guard.check(bearing(token));
  return caller ?? refusal.code;
}

/** A guard, with all of its requests and reports. */
export function watchedGuard(options: ServerOptions) {
  const { fetch, urls } = countingFetch();
  const complaints: unknown[] = [];
  const onServerAway = (reason: unknown) => complaints.push(reason);
  return { guard: createGuard({ fetch, onServerAway, ...options }), urls, complaints };
}

export const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
export const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());
// Safe: a token has three.
export const partsOf = (token: string) => token.split(".") as [string, string, string];

/** A token signed with a secret, whatever it says. */
export function hs256(header: object, payload: object, secret: string | Buffer): string {
  const head = `${encode(header)}.${encode(payload)}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}
