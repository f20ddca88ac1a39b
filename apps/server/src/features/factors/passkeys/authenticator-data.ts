/** What an authenticator says of itself and its user (WebAuthn 6.1). */
export interface AuthenticatorData {
  readonly rpIdHash: Buffer;
  readonly isUserPresent: boolean;
  readonly isUserVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly hasExtensions: boolean;
  readonly counter: number;
  /** The new credential; absent from assertions. */
  readonly attested: Attested | undefined;
  /** What follows: the public key of a new credential, then the outputs of extensions. */
  readonly rest: Buffer;
}

interface Attested {
  /** The authenticator's model, in the form of a UUID; zeros if it does not say. */
  readonly aaguid: string;
  readonly credentialId: Buffer;
}

const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const;
const HEAD_BYTES = 37;
const AAGUID_BYTES = 16;
const MAX_CREDENTIAL_ID_BYTES = 1023;

/** `undefined` if it is cut off or contradicts itself. */
export function readAuthenticatorData(bytes: Buffer): AuthenticatorData | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const has = (flag: number) => (bytes.readUInt8(32) & flag) !== 0;
  // What can never be backed up cannot have been.
  if (has(FLAGS.BS) && !has(FLAGS.BE)) return undefined;
  const following = bytes.subarray(HEAD_BYTES);
  const attested = has(FLAGS.AT) ? readAttested(following) : undefined;
  if (has(FLAGS.AT) && attested === undefined) return undefined;
  const { rest = following, ...credential } = attested ?? {};
  return {
    rpIdHash: bytes.subarray(0, 32),
    isUserPresent: has(FLAGS.UP),
    isUserVerified: has(FLAGS.UV),
    backupEligible: has(FLAGS.BE),
    backedUp: has(FLAGS.BS),
    hasExtensions: has(FLAGS.ED),
    counter: bytes.readUInt32BE(33),
    attested: "credentialId" in credential ? (credential as Attested) : undefined,
    rest,
  };
}

function readAttested(bytes: Buffer): (Attested & { readonly rest: Buffer }) | undefined {
  const idAt = AAGUID_BYTES + 2;
  if (bytes.length < idAt) return undefined;
  const idBytes = bytes.readUInt16BE(AAGUID_BYTES);
  if (idBytes < 1 || idBytes > MAX_CREDENTIAL_ID_BYTES || bytes.length < idAt + idBytes) return undefined;
  const aaguid = bytes.subarray(0, AAGUID_BYTES).toString("hex");
  return {
    aaguid: aaguid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    credentialId: bytes.subarray(idAt, idAt + idBytes),
    rest: bytes.subarray(idAt + idBytes),
  };
}

/**
 * Whether the rest, after the given beginning, is what the flags announce: nothing, or a CBOR map with the
 * outputs of extensions. None of ours are asked for, so what the map holds does not matter.
 */
export function isWhole({ hasExtensions, rest }: AuthenticatorData, beginning: Buffer): boolean {
  if (!rest.subarray(0, beginning.length).equals(beginning)) return false;
  const extensions = rest.subarray(beginning.length);
  return hasExtensions
    ? extensions.length > 0 && extensions.readUInt8(0) >> 5 === 5
    : extensions.length === 0;
}
