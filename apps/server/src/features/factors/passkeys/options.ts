import type { Account } from "../../accounts/service.js";
import { bytesOf } from "./bytes.js";
import { ALGORITHMS } from "./public-key.js";
import type { RelyingParty } from "./relying-party.js";
import type { Passkey } from "./store.js";

/** How long a user may take, and a page may wait with its autofill. */
export const CEREMONY_MS = 10 * 60_000;

/** An account as browsers know it. */
export function userOf({ uuid, username, firstName, lastName }: Account) {
  const displayName = [firstName, lastName].filter((part) => part).join(" ");
  return { id: userHandleOf({ uuid }), name: username, displayName: displayName || username };
}

/** An account's handle is its id, which says nothing about its owner. */
export function userHandleOf({ uuid }: Pick<Account, "uuid">): string {
  return Buffer.from(uuid).toString("base64url");
}

/** The account that a passkey says it is for; `undefined` if that cannot be an account's id. */
export function uuidOf(userHandle: string | null | undefined): string | undefined {
  const uuid = bytesOf(userHandle ?? "")?.toString("latin1") ?? "";
  return /^[\x21-\x7e]{1,64}$/.test(uuid) ? uuid : undefined;
}

/** For `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export function creationOptions(
  challenge: string,
  {
    account,
    passkeys,
    rp: { id, name },
  }: { account: Account; passkeys: readonly Passkey[]; rp: RelyingParty },
) {
  return {
    rp: { id, name },
    user: userOf(account),
    challenge,
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key" as const, alg })),
    timeout: CEREMONY_MS,
    excludeCredentials: describe(passkeys),
    authenticatorSelection: {
      // A security key without room for it, or without a PIN, can still be a second factor.
      residentKey: "preferred" as const,
      requireResidentKey: false,
      userVerification: "preferred" as const,
    },
    attestation: "none" as const,
    extensions: { credProps: true },
  };
}

/** For `PublicKeyCredential.parseRequestOptionsFromJSON`; without passkeys, any of the domain will do. */
export function requestOptions(
  challenge: string,
  { passkeys, rp }: { readonly passkeys?: readonly Passkey[]; readonly rp: RelyingParty },
) {
  return {
    challenge,
    timeout: CEREMONY_MS,
    rpId: rp.id,
    allowCredentials: describe(passkeys ?? []),
    // Alone, a passkey must be two factors in one. After another factor, having it is enough.
    userVerification: passkeys === undefined ? ("required" as const) : ("preferred" as const),
  };
}

export type User = ReturnType<typeof userOf>;
export type CreationOptions = ReturnType<typeof creationOptions>;
export type RequestOptions = ReturnType<typeof requestOptions>;

function describe(passkeys: readonly Passkey[]) {
  return passkeys.map(({ id, transports }) => ({
    type: "public-key" as const,
    id,
    transports: [...transports],
  }));
}
