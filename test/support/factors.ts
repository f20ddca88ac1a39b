import type { SignInOrigin } from "../../apps/server/src/features/factors/service.js";
import { codeAt, stepAt } from "../../apps/server/src/features/factors/totp/code.js";
import { fromStored } from "../../apps/server/src/features/factors/totp/otpauth.js";
import { originOf } from "./origin.js";
import { send } from "./rest.js";
import type { TestServer } from "./server.js";

/** An authenticator app that was added to an account. */
export interface AddedApp {
  readonly id: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[] | null;
}

/** The code that an authenticator app with this secret shows, `around` so many steps from now. */
export function codeNow({ clock }: Pick<TestServer, "clock">, base32: string, around = 0): string {
  const secret = fromStored(base32);
  if (secret === undefined) throw new Error("not a secret");
  return codeAt(secret, stepAt(secret, clock.nowMs()) + around);
}

/** Adds an authenticator app, as the user of a session or of a sign-in that must add one. */
export async function addApp(
  server: Pick<TestServer, "url" | "clock">,
  token: string,
  name = "My phone",
): Promise<AddedApp> {
  const path = "/api/v1/account/factors/totp";
  const begun = await send(server, "POST", path, { token, json: { name } });
  if (begun.status !== 200) throw new Error(begun.text);
  const { id, secret } = begun.json;
  const confirmed = await send(server, "POST", `${path}/${id}/confirm`, {
    token,
    json: { code: codeNow(server, secret) },
  });
  if (confirmed.status !== 200) throw new Error(confirmed.text);
  return { id, secret, recoveryCodes: confirmed.json.recoveryCodes };
}

/** Where a sign-in comes from, for services that are called without a request. */
export function signInFrom(address: string): SignInOrigin {
  return {
    ...originOf(address),
    userAgent: () => "Firefox",
    language: () => "en",
    code: () => undefined,
    trustedDevice: () => undefined,
  };
}
