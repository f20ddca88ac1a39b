import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyAssertion } from "../../../../../apps/server/src/features/factors/passkeys/assertion.js";
import { isLater } from "../../../../../apps/server/src/features/factors/passkeys/rules.js";
import {
  type Authenticator,
  type CeremonyOptions,
  createAuthenticator,
  FLAGS,
  type FullAssertion,
  ORIGIN,
  RP_ID,
} from "../../../../support/authenticator.js";

const challenge = randomBytes(32).toString("base64url");
const userHandle = "b3duZXI";
const expected = {
  ...{ challenge, origins: new Set([ORIGIN]), rpId: RP_ID, userHandle },
  ...{ needsUserHandle: true, needsUserVerification: true },
};

const passkeyOf = ({ id, spki, algorithm }: Authenticator) => ({
  ...{ id, spki, algorithm, rpId: RP_ID, counter: 0, backupEligible: false },
});

describe("a passkey's assertion", () => {
  it.each([-7, -8, -257] as const)("is accepted from a key for algorithm %i", (algorithm) => {
    const authenticator = createAuthenticator(algorithm);
    const credential = authenticator.assert({ challenge, userHandle, counter: 3 });
    expect(verifyAssertion(credential, passkeyOf(authenticator), expected)).toEqual({
      asserted: { counter: 3, isUserVerified: true, backedUp: false },
    });
  });

  it("is accepted without a user handle and without user verification where neither is needed", () => {
    const authenticator = createAuthenticator();
    const credential = authenticator.assert({ challenge, flags: FLAGS.UP });
    const asFactor = { ...expected, needsUserHandle: false, needsUserVerification: false };
    expect(verifyAssertion(credential, passkeyOf(authenticator), asFactor)).toEqual({
      asserted: { counter: 0, isUserVerified: false, backedUp: false },
    });
  });

  it("shows that the passkey has been backed up since", () => {
    const authenticator = createAuthenticator();
    const flags = FLAGS.UP | FLAGS.UV | FLAGS.BE | FLAGS.BS;
    const passkey = { ...passkeyOf(authenticator), backupEligible: true };
    expect(
      verifyAssertion(authenticator.assert({ challenge, userHandle, flags }), passkey, expected),
    ).toEqual({
      asserted: { counter: 0, isUserVerified: true, backedUp: true },
    });
  });
});

const ATTACKS: ReadonlyArray<
  readonly [attack: string, refused: string, make: (authenticator: Authenticator) => FullAssertion]
> = [
  ["another challenge", "challenge", (of) => of.assert({ challenge: "AAAA", userHandle })],
  ["a page of another site", "origin", make({ origin: "https://evil.example" })],
  ["another domain", "rp id", make({ rpId: "evil.example" })],
  ["a frame in a page of another site", "cross-origin", make({ clientData: { crossOrigin: true } })],
  ["a registration's client data", "type", make({ clientData: { type: "webauthn.create" } })],
  ["no user presence", "user presence", make({ flags: FLAGS.UV })],
  ["no user verification", "user verification", make({ flags: FLAGS.UP })],
  ["a changed backup eligibility", "backup eligibility", make({ flags: FLAGS.UP | FLAGS.UV | FLAGS.BE })],
  ["backed up but not eligible", "authenticator data", make({ flags: FLAGS.UP | FLAGS.UV | FLAGS.BS })],
  ["bytes after the authenticator data", "authenticator data", make({ extensions: Buffer.from([0xa0]) })],
  [
    "a credential in the authenticator data",
    "authenticator data",
    (of) => {
      const { authenticatorData } = of.register({ challenge }).response;
      return changed({ authenticatorData })(of);
    },
  ],
  ["another account's handle", "user handle", (of) => of.assert({ challenge, userHandle: "c3RyYW5nZXI" })],
  ["no handle where the passkey must say whose it is", "user handle", (of) => of.assert({ challenge })],
  ["another passkey's id", "credential id", (of) => ({ ...make({})(of), id: "AAAA", rawId: "AAAA" })],
  ["a raw id that differs", "credential id", (of) => ({ ...make({})(of), rawId: "AAAA" })],
  [
    "another key's signature",
    "signature",
    (of) => {
      const { signature } = createAuthenticator().assert({ challenge, userHandle }).response;
      return changed({ signature })(of);
    },
  ],
  ["an empty signature", "signature", changed({ signature: "" })],
  ["a signature of nonsense", "signature", changed({ signature: randomBytes(70).toString("base64url") })],
  [
    "a signature over another counter",
    "signature",
    (of) => {
      const { authenticatorData } = of.assert({ challenge, counter: 9 }).response;
      return changed({ authenticatorData })(of);
    },
  ],
];

function make(options: Omit<CeremonyOptions, "challenge">) {
  return (of: Authenticator) => of.assert({ challenge, userHandle, ...options });
}

function changed(response: Partial<FullAssertion["response"]>) {
  return (of: Authenticator): FullAssertion => {
    const credential = make({})(of);
    return { ...credential, response: { ...credential.response, ...response } };
  };
}

describe("a passkey's assertion is refused", () => {
  it.each(ATTACKS)("with %s", (_, refused, attack) => {
    const authenticator = createAuthenticator();
    expect(verifyAssertion(attack(authenticator), passkeyOf(authenticator), expected)).toEqual({ refused });
  });

  it("where the passkey was made for a domain that is no longer the server's", () => {
    const authenticator = createAuthenticator();
    const passkey = { ...passkeyOf(authenticator), rpId: "old.example" };
    const credential = authenticator.assert({ challenge, userHandle, rpId: "old.example" });
    expect(verifyAssertion(credential, passkey, expected)).toEqual({ refused: "rp id" });
  });

  it.each([
    [5, 4],
    [5, 5],
    [5, 0],
  ])("where the counter was %i and is %i: one of two copies", (known, counter) => {
    const authenticator = createAuthenticator();
    const passkey = { ...passkeyOf(authenticator), counter: known };
    const credential = authenticator.assert({ challenge, userHandle, counter });
    expect(verifyAssertion(credential, passkey, expected)).toEqual({ refused: "counter" });
  });
});

describe("a counter", () => {
  it("must rise once it has risen, up to its end", () => {
    expect(isLater(0, 0)).toBe(true);
    expect(isLater(1, 0)).toBe(true);
    expect(isLater(0xffffffff, 0xfffffffe)).toBe(true);
    expect(isLater(0, 0xffffffff)).toBe(false);
  });
});
