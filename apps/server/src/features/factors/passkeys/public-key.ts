import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Algorithm } from "./store.js";

/** The algorithms that are accepted, in the order of preference. */
export const ALGORITHMS: readonly Algorithm[] = [-7, -8, -257];

/** Larger keys would make each comparison expensive, for whoever made them. */
const RSA_BITS = { min: 2048, max: 4096 };
const RSA_EXPONENT = 65_537n;

/** A public key and its only encoding in authenticator data. */
export interface PublicKey {
  readonly key: KeyObject;
  readonly cose: Buffer;
}

export function isAccepted(algorithm: number): algorithm is Algorithm {
  return ALGORITHMS.some((accepted) => accepted === algorithm);
}

/** Reads a SubjectPublicKeyInfo; `undefined` if it is not exactly a key for this algorithm. */
export function readPublicKey(spki: Buffer, algorithm: Algorithm): PublicKey | undefined {
  const key = parseKey(spki);
  if (key === undefined || !fits(key, algorithm)) return undefined;
  return { key, cose: coseOf(key, algorithm) };
}

/** Whether the signature is one of this key. */
export function isSigned(
  data: Buffer,
  signature: Buffer,
  { spki, algorithm }: { readonly spki: Buffer; readonly algorithm: Algorithm },
): boolean {
  const read = readPublicKey(spki, algorithm);
  return read !== undefined && verify(algorithm === -8 ? null : "sha256", data, read.key, signature);
}

function parseKey(spki: Buffer): KeyObject | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    // Whatever OpenSSL says about it: this is no key.
    return undefined;
  }
  // With nothing behind it.
  return key.export({ format: "der", type: "spki" }).equals(spki) ? key : undefined;
}

function fits({ asymmetricKeyType, asymmetricKeyDetails: details = {} }: KeyObject, algorithm: Algorithm) {
  switch (algorithm) {
    case -7:
      return asymmetricKeyType === "ec" && details.namedCurve === "prime256v1";
    case -8:
      return asymmetricKeyType === "ed25519";
    case -257: {
      const { modulusLength = 0, publicExponent } = details;
      const isBounded = modulusLength >= RSA_BITS.min && modulusLength <= RSA_BITS.max;
      return asymmetricKeyType === "rsa" && isBounded && publicExponent === RSA_EXPONENT;
    }
  }
}

/**
 * A COSE key as authenticators must write it (RFC 9053, in CTAP2's canonical CBOR). There is only one way to
 * write a key, so it is written and compared, and nothing of theirs needs to be parsed.
 */
function coseOf(key: KeyObject, algorithm: Algorithm): Buffer {
  const { x = "", y = "", n = "" } = key.export({ format: "jwk" });
  const parts = (...all: readonly string[]) =>
    Buffer.concat(all.map((part, at) => Buffer.from(part, at % 2 === 0 ? "hex" : "base64url")));
  switch (algorithm) {
    case -7:
      return parts("a5010203262001215820", x, "225820", y);
    case -8:
      return parts("a4010103272006215820", x);
    case -257: {
      const length = Buffer.from(n, "base64url").length.toString(16).padStart(4, "0");
      return parts(`a401030339010020${`59${length}`}`, n, "2143010001");
    }
  }
}
