import { createHash } from "node:crypto";
import { isWhole, readAuthenticatorData } from "./authenticator-data.js";
import { bytesOf } from "./bytes.js";
import { type Ceremony, type ClientDataRefusal, refusalOfClientData } from "./client-data.js";
import { isAccepted, readPublicKey } from "./public-key.js";
import type { NewPasskey } from "./store.js";

/** What `credential.toJSON()` of `navigator.credentials.create` returns, as far as it is looked at. */
export interface RegistrationCredential {
  readonly id: string;
  readonly rawId: string;
  readonly type: "public-key";
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly publicKey?: string | undefined;
    readonly publicKeyAlgorithm: number;
    readonly transports?: readonly string[] | undefined;
  };
}

export type RegistrationRefusal =
  | ClientDataRefusal
  | "credential id"
  | "authenticator data"
  | "rp id"
  | "public key";

/** What a ceremony was begun with. */
export interface Expected extends Omit<Ceremony, "type"> {
  readonly rpId: string;
}

const MAX_TRANSPORTS = 8;

/**
 * Judges a new passkey (WebAuthn 7.1). Without attestation nothing in it is signed: it says what the browser of a
 * signed-in user says, and that is all that is asked of it. The user need not have been present: browsers may make
 * passkeys without a dialog, right after a password was entered.
 */
export function verifyRegistration(
  { id, rawId, response }: RegistrationCredential,
  { rpId, ...ceremony }: Expected,
): { readonly passkey: NewPasskey } | { readonly refused: RegistrationRefusal } {
  const clientData = bytesOf(response.clientDataJSON);
  if (clientData === undefined) return { refused: "client data" };
  const refused = refusalOfClientData(clientData, { type: "webauthn.create", ...ceremony });
  if (refused !== undefined) return { refused };

  const data = readAuthenticatorData(bytesOf(response.authenticatorData) ?? Buffer.alloc(0));
  if (data?.attested === undefined) return { refused: "authenticator data" };
  if (!data.rpIdHash.equals(sha256(rpId))) return { refused: "rp id" };
  if (id !== rawId || data.attested.credentialId.toString("base64url") !== id)
    return { refused: "credential id" };

  const { publicKey = "", publicKeyAlgorithm: algorithm, transports = [] } = response;
  const spki = bytesOf(publicKey);
  if (spki === undefined || !isAccepted(algorithm)) return { refused: "public key" };
  const key = readPublicKey(spki, algorithm);
  // The browser's reading of the key must be the authenticator's key, or the passkey would never work.
  if (key === undefined || !isWhole(data, key.cose)) return { refused: "public key" };
  const { counter, isUserVerified, backupEligible, backedUp, attested } = data;
  return {
    passkey: {
      ...{ id, spki: publicKey, algorithm, rpId, counter },
      ...{ isUserVerified, backupEligible, backedUp },
      transports: [...new Set(transports)].filter(isTransport).slice(0, MAX_TRANSPORTS),
      aaguid: attested.aaguid,
    },
  };
}

/** They are handed back to browsers, which ignore those that they do not know. */
function isTransport(text: string): boolean {
  return /^[a-z][a-z-]{0,31}$/.test(text);
}

export function sha256(data: string | Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}
