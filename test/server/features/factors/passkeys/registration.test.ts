import { generateKeyPairSync, randomBytes } from "node:crypto";
import { verifyRegistrationResponse } from "@simplewebauthn/server";
import { describe, expect, it } from "vitest";
import { verifyRegistration } from "../../../../../apps/server/src/features/factors/passkeys/registration.js";
import {
  type Authenticator,
  type CeremonyOptions,
  createAuthenticator,
  FLAGS,
  type FullRegistration,
  ORIGIN,
  RP_ID,
} from "../../../../support/authenticator.js";

const challenge = randomBytes(32).toString("base64url");
const expected = { challenge, origins: new Set([ORIGIN, "android:apk-key-hash:abc"]), rpId: RP_ID };

/** What the reference says: with no attestation, and without asking for user verification. */
async function isAcceptedByReference(response: FullRegistration): Promise<boolean> {
  const asked = { expectedChallenge: challenge, expectedOrigin: [...expected.origins], expectedRPID: RP_ID };
  const verdict = await verifyRegistrationResponse({
    // Safe: it has the form that browsers write, if not what they would write.
    response: response as never,
    requireUserVerification: false,
    requireUserPresence: false,
    ...asked,
  }).catch(() => ({ verified: false }));
  return verdict.verified;
}

const judge = (credential: FullRegistration) => verifyRegistration(credential, expected);

describe("a new passkey", () => {
  it.each([-7, -8, -257] as const)("is accepted with a key for algorithm %i", async (algorithm) => {
    const authenticator = createAuthenticator(algorithm);
    const flags = FLAGS.UP | FLAGS.UV | FLAGS.BE | FLAGS.BS;
    const credential = authenticator.register({ challenge, flags, counter: 7 });
    expect(judge(credential)).toEqual({
      passkey: {
        id: authenticator.id,
        spki: authenticator.spki,
        algorithm,
        rpId: RP_ID,
        counter: 7,
        isUserVerified: true,
        backupEligible: true,
        backedUp: true,
        transports: ["internal", "hybrid"],
        aaguid: "00000000-0000-0000-0000-000000000000",
      },
    });
    expect(await isAcceptedByReference(credential)).toBe(true);
  });

  it("is accepted without user verification, which is noted", () => {
    const credential = createAuthenticator().register({ challenge, flags: FLAGS.UP });
    expect(judge(credential)).toMatchObject({ passkey: { isUserVerified: false, backupEligible: false } });
  });

  it("is accepted from a browser that has made it without a dialog", async () => {
    const credential = createAuthenticator().register({ challenge, flags: FLAGS.BE | FLAGS.BS });
    expect(judge(credential)).toMatchObject({ passkey: { isUserVerified: false, backedUp: true } });
    expect(await isAcceptedByReference(credential)).toBe(true);
  });

  it("is accepted with extensions of the authenticator, and from an Android app that is listed", async () => {
    const extensions = Buffer.concat([
      Buffer.from([0xa1, 0x6b]),
      Buffer.from("credProtect"),
      Buffer.from([2]),
    ]);
    const origin = "android:apk-key-hash:abc";
    const flags = FLAGS.UP | FLAGS.ED;
    const credential = createAuthenticator().register({ challenge, flags, extensions, origin });
    expect(judge(credential)).toHaveProperty("passkey");
    expect(await isAcceptedByReference(credential)).toBe(true);
  });

  it("keeps only transports that are written as such, each once and a few", () => {
    const credential = createAuthenticator().register({ challenge });
    const transports = ["usb", "usb", "<script>", "", "x".repeat(33), ..."abcdefghij"];
    const response = { ...credential.response, transports };
    expect(judge({ ...credential, response })).toMatchObject({
      passkey: { transports: ["usb", ..."abcdefg"] },
    });
  });
});

const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
const odd = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }).publicKey;
const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey;
const spkiOf = (key: typeof p384) => key.export({ format: "der", type: "spki" }).toString("base64url");

/** Attacks on a registration: what is changed, why it is refused, and what it is changed in. */
const ATTACKS: ReadonlyArray<
  readonly [
    attack: string,
    refused: string,
    make: (authenticator: Authenticator) => FullRegistration,
    algorithm?: Authenticator["algorithm"],
  ]
> = [
  [
    "another challenge",
    "challenge",
    (of) => of.register({ challenge: randomBytes(32).toString("base64url") }),
  ],
  ["a page of another site", "origin", make({ origin: "https://evil.example" })],
  ["a page of a subdomain that is not listed", "origin", make({ origin: "https://old.example.com" })],
  ["another port of a listed host", "origin", make({ origin: `${ORIGIN}:8443` })],
  ["the same host without TLS", "origin", make({ origin: "http://app.example.com" })],
  ["a listed origin in a list", "origin", make({ clientData: { origin: [ORIGIN] } })],
  ["an app that is not listed", "origin", make({ origin: "android:apk-key-hash:abd" })],
  ["a frame in a page of another site", "cross-origin", make({ clientData: { crossOrigin: true } })],
  ["crossOrigin that is no boolean", "cross-origin", make({ clientData: { crossOrigin: "no" } })],
  ["a top origin", "cross-origin", make({ clientData: { topOrigin: "https://evil.example" } })],
  ["an assertion's client data", "type", make({ clientData: { type: "webauthn.get" } })],
  ["client data without a type", "type", make({ clientData: { type: undefined } })],
  ["a challenge in a list", "challenge", make({ clientData: { challenge: [challenge] } })],
  ["another domain", "rp id", make({ rpId: "evil.example" })],
  ["the domain above", "rp id", make({ rpId: "com" })],
  ["backed up but not eligible", "authenticator data", make({ flags: FLAGS.UP | FLAGS.BS })],
  ["bytes after the key", "public key", make({ extensions: Buffer.from([0]) })],
  ["announced extensions that are missing", "public key", make({ flags: FLAGS.UP | FLAGS.ED })],
  [
    "announced extensions that are no map",
    "public key",
    make({ flags: FLAGS.UP | FLAGS.ED, extensions: Buffer.from([0x01]) }),
  ],
  [
    "another credential's id",
    "credential id",
    (of) => ({ ...of.register({ challenge }), id: "AAAA", rawId: "AAAA" }),
  ],
  ["a raw id that differs", "credential id", (of) => ({ ...of.register({ challenge }), rawId: "AAAA" })],
  ["another key than the authenticator's", "public key", changed({ publicKey: createAuthenticator().spki })],
  ["no key", "public key", changed({ publicKey: undefined })],
  ["an algorithm that the key is not for", "public key", changed({ publicKeyAlgorithm: -257 })],
  ["an algorithm that is not accepted", "public key", changed({ publicKeyAlgorithm: -47 })],
  ["a key on another curve", "public key", changed({ publicKey: spkiOf(p384) })],
  ["an RSA key that is too short", "public key", changed({ publicKey: spkiOf(small) }), -257],
  ["an RSA key with another exponent", "public key", changed({ publicKey: spkiOf(odd) }), -257],
  ["an RSA-PSS key", "public key", changed({ publicKey: spkiOf(pss) }), -257],
  ["a key with bytes behind it", "public key", (of) => changed({ publicKey: `${of.spki}AAAA` })(of)],
  [
    "authenticator data of an assertion",
    "authenticator data",
    (of) => {
      const { authenticatorData } = of.assert({ challenge }).response;
      return changed({ authenticatorData })(of);
    },
  ],
  [
    "authenticator data that is cut off in the id",
    "authenticator data",
    (of) => {
      const { authenticatorData } = of.register({ challenge }).response;
      return changed({ authenticatorData: authenticatorData.slice(0, 80) })(of);
    },
  ],
  ["no authenticator data", "authenticator data", changed({ authenticatorData: "" })],
  ["client data that is no JSON", "client data", changed({ clientDataJSON: "AAAA" })],
  ["client data that is a list", "client data", changed({ clientDataJSON: base64url("[]") })],
  ["client data that is null", "client data", changed({ clientDataJSON: base64url("null") })],
  ["client data that is not UTF-8", "client data", changed({ clientDataJSON: "_w" })],
  [
    "client data in another spelling of base64url",
    "client data",
    (of) => changed({ clientDataJSON: `${of.register({ challenge }).response.clientDataJSON}=` })(of),
  ],
];

function make(options: Omit<CeremonyOptions, "challenge">) {
  return (of: Authenticator) => of.register({ challenge, ...options });
}

function changed(response: Partial<FullRegistration["response"]>) {
  return (of: Authenticator): FullRegistration => {
    const credential = of.register({ challenge });
    return { ...credential, response: { ...credential.response, ...response } };
  };
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

describe("a new passkey is refused", () => {
  const attacks = ATTACKS.map(([attack, refused, make, algorithm = -7]) => ({
    attack,
    refused,
    make,
    algorithm,
  }));
  it.each(attacks)("with $attack", ({ refused, make, algorithm }) => {
    expect(judge(make(createAuthenticator(algorithm)))).toEqual({ refused });
  });
});
