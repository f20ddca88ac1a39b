import { isWhole, readAuthenticatorData } from "./authenticator-data.js";
import { bytesOf } from "./bytes.js";
import { type ClientDataRefusal, refusalOfClientData } from "./client-data.js";
import { isSigned } from "./public-key.js";
import { type Expected, sha256 } from "./registration.js";
import { isLater } from "./rules.js";
import type { Algorithm } from "./store.js";

/** What `credential.toJSON()` of `navigator.credentials.get` returns, as far as it is looked at. */
export interface AssertionCredential {
  readonly id: string;
  /** The same. */
  readonly rawId?: string | undefined;
  readonly type: "public-key";
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
}

/** What an assertion is compared with. */
interface KnownPasskey {
  readonly id: string;
  readonly spki: string;
  readonly algorithm: Algorithm;
  readonly rpId: string;
  readonly counter: number;
  readonly backupEligible: boolean;
}

export type AssertionRefusal =
  | ClientDataRefusal
  | "credential id"
  | "user handle"
  | "authenticator data"
  | "rp id"
  | "user presence"
  | "user verification"
  | "backup eligibility"
  | "signature"
  | "counter";

/** What an assertion shows of the passkey now. */
export interface Asserted {
  readonly counter: number;
  readonly isUserVerified: boolean;
  readonly backedUp: boolean;
}

interface ExpectedAssertion extends Expected {
  /** The account's handle. If the passkey itself says whose it is, it must say so. */
  readonly userHandle: string;
  readonly needsUserHandle: boolean;
  readonly needsUserVerification: boolean;
}

/** Judges the proof that a caller has a passkey (WebAuthn 7.2). */
export function verifyAssertion(
  { id, rawId, response }: AssertionCredential,
  passkey: KnownPasskey,
  { rpId, userHandle, needsUserHandle, needsUserVerification, ...ceremony }: ExpectedAssertion,
): { readonly asserted: Asserted } | { readonly refused: AssertionRefusal } {
  if (id !== passkey.id || (rawId ?? id) !== id) return { refused: "credential id" };
  const claimed = response.userHandle ?? undefined;
  if (claimed === undefined ? needsUserHandle : claimed !== userHandle) return { refused: "user handle" };

  const clientData = bytesOf(response.clientDataJSON);
  if (clientData === undefined) return { refused: "client data" };
  const refused = refusalOfClientData(clientData, { type: "webauthn.get", ...ceremony });
  if (refused !== undefined) return { refused };

  const bytes = bytesOf(response.authenticatorData) ?? Buffer.alloc(0);
  const data = readAuthenticatorData(bytes);
  if (data === undefined || data.attested !== undefined) return { refused: "authenticator data" };
  if (!isWhole(data, Buffer.alloc(0))) return { refused: "authenticator data" };
  if (passkey.rpId !== rpId || !data.rpIdHash.equals(sha256(rpId))) return { refused: "rp id" };
  if (!data.isUserPresent) return { refused: "user presence" };
  if (needsUserVerification && !data.isUserVerified) return { refused: "user verification" };
  // It is fixed when a passkey is made.
  if (data.backupEligible !== passkey.backupEligible) return { refused: "backup eligibility" };

  const signed = Buffer.concat([bytes, sha256(clientData)]);
  const signature = bytesOf(response.signature);
  const spki = bytesOf(passkey.spki);
  if (signature === undefined || spki === undefined) return { refused: "signature" };
  if (!isSigned(signed, signature, { spki, algorithm: passkey.algorithm })) return { refused: "signature" };
  if (!isLater(data.counter, passkey.counter)) return { refused: "counter" };
  const { counter, isUserVerified, backedUp } = data;
  return { asserted: { counter, isUserVerified, backedUp } };
}
