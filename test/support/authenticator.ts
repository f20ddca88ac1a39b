import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { AssertionCredential } from "../../apps/server/src/features/factors/passkeys/assertion.js";
import type { RegistrationCredential } from "../../apps/server/src/features/factors/passkeys/registration.js";

export const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const;

/** What a ceremony is about, and what the authenticator is made to say. */
export interface CeremonyOptions {
  readonly challenge: string;
  readonly origin?: string;
  readonly rpId?: string;
  /** The byte of flags; AT is added for new credentials. */
  readonly flags?: number;
  readonly counter?: number;
  /** Replaces keys of the client data; `undefined` removes one. */
  readonly clientData?: Readonly<Record<string, unknown>>;
  /** What follows in the authenticator data. */
  readonly extensions?: Buffer;
}

/** `credential.toJSON()` with everything that browsers write, so that other libraries can read it too. */
export type FullRegistration = RegistrationCredential & {
  readonly response: RegistrationCredential["response"] & { readonly attestationObject: string };
  readonly clientExtensionResults: Record<string, never>;
};

export type FullAssertion = AssertionCredential & { readonly clientExtensionResults: Record<string, never> };

/** An authenticator in software, with one credential: whatever the tests make it say, it signs. */
export interface Authenticator {
  readonly id: string;
  readonly spki: string;
  readonly algorithm: -7 | -8 | -257;
  register(options: CeremonyOptions): FullRegistration;
  assert(options: CeremonyOptions & { readonly userHandle?: string | undefined }): FullAssertion;
}

export const ORIGIN = "https://app.example.com";
export const RP_ID = "example.com";

export function createAuthenticator(algorithm: Authenticator["algorithm"] = -7): Authenticator {
  const { publicKey, privateKey } = generate(algorithm);
  const credentialId = randomBytes(16);
  const id = credentialId.toString("base64url");
  const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64url");
  const clientDataOf = (type: string, { challenge, origin = ORIGIN, clientData = {} }: CeremonyOptions) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...clientData }));
  const headOf = (flags: number, { rpId = RP_ID, counter = 0 }: CeremonyOptions) => {
    const head = Buffer.alloc(37);
    createHash("sha256").update(rpId).digest().copy(head);
    head.writeUInt8(flags, 32);
    head.writeUInt32BE(counter, 33);
    return head;
  };
  return {
    id,
    spki,
    algorithm,
    register(options) {
      const { flags = FLAGS.UP | FLAGS.UV, extensions = Buffer.alloc(0) } = options;
      const idLength = Buffer.from([0, credentialId.length]);
      const authData = Buffer.concat([
        headOf(flags | FLAGS.AT, options),
        ...[Buffer.alloc(16), idLength, credentialId, coseOf(publicKey, algorithm), extensions],
      ]);
      return {
        ...{ id, rawId: id, type: "public-key" as const, clientExtensionResults: {} },
        response: {
          clientDataJSON: clientDataOf("webauthn.create", options).toString("base64url"),
          authenticatorData: authData.toString("base64url"),
          attestationObject: attestationObject(authData).toString("base64url"),
          publicKey: spki,
          publicKeyAlgorithm: algorithm,
          transports: ["internal", "hybrid"],
        },
      };
    },
    assert(options) {
      const { flags = FLAGS.UP | FLAGS.UV, extensions = Buffer.alloc(0), userHandle } = options;
      const clientData = clientDataOf("webauthn.get", options);
      const authData = Buffer.concat([headOf(flags, options), extensions]);
      const signed = Buffer.concat([authData, createHash("sha256").update(clientData).digest()]);
      const signature = sign(algorithm === -8 ? null : "sha256", signed, privateKey);
      return {
        ...{ id, rawId: id, type: "public-key" as const, clientExtensionResults: {} },
        response: {
          clientDataJSON: clientData.toString("base64url"),
          authenticatorData: authData.toString("base64url"),
          signature: signature.toString("base64url"),
          ...(userHandle !== undefined && { userHandle }),
        },
      };
    },
  };
}

function generate(algorithm: Authenticator["algorithm"]) {
  switch (algorithm) {
    case -7:
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case -8:
      return generateKeyPairSync("ed25519");
    case -257:
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
  }
}

/** Text, bytes and maps as CBOR; keys in the order given. */
type Cbor = number | string | Buffer | ReadonlyMap<number | string, Cbor>;

function cbor(value: Cbor): Buffer {
  const head = (major: number, length: number) => {
    if (length < 24) return Buffer.from([(major << 5) | length]);
    if (length < 256) return Buffer.from([(major << 5) | 24, length]);
    return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
  };
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, each]) => [cbor(key), cbor(each)]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

export function coseOf(key: KeyObject, algorithm: Authenticator["algorithm"]): Buffer {
  const { x = "", y = "", n = "", e = "" } = key.export({ format: "jwk" });
  const bytes = (text: string) => Buffer.from(text, "base64url");
  const own: Readonly<Record<Authenticator["algorithm"], ReadonlyArray<readonly [number, Cbor]>>> = {
    [-7]: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ],
    [-8]: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ],
    [-257]: [
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ],
  };
  return cbor(new Map(own[algorithm]));
}

function attestationObject(authData: Buffer): Buffer {
  return cbor(
    new Map<string, Cbor>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", authData],
    ]),
  );
}
