import { createHash } from "node:crypto";
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyAssertion } from "../../../../../apps/server/src/features/factors/passkeys/assertion.js";
import { verifyRegistration } from "../../../../../apps/server/src/features/factors/passkeys/registration.js";
import {
  createAuthenticator,
  type FullAssertion,
  type FullRegistration,
  ORIGIN,
  RP_ID,
} from "../../../../support/authenticator.js";

const challenge = createHash("sha256").update("a challenge").digest("base64url");
const authenticators = ([-7, -8, -257] as const).map(createAuthenticator);
const userHandle = "b3duZXI";
const expected = { challenge, origins: new Set([ORIGIN]), rpId: RP_ID };
const asked = { expectedChallenge: challenge, expectedOrigin: ORIGIN, expectedRPID: RP_ID };

/** One change of a text of base64url: a bit, its end, more, nothing, or other bytes. */
const damage = fc.oneof(
  fc.tuple(fc.nat(10_000), fc.nat(7)).map(([at, bit]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ (1 << bit);
    return changed;
  }),
  fc.nat(200).map((cut) => (bytes: Buffer) => bytes.subarray(0, Math.max(0, bytes.length - 1 - cut))),
  fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((more) => (bytes: Buffer) => Buffer.concat([bytes, more])),
  fc.uint8Array({ maxLength: 200 }).map((other) => () => Buffer.from(other)),
);

const clientDataChange = fc.constantFrom<Readonly<Record<string, unknown>>>(
  { origin: "https://evil.example" },
  { origin: `${ORIGIN}.evil.example` },
  { origin: "null" },
  { origin: null },
  { type: "webauthn.create" },
  { type: "webauthn.get" },
  { type: "payment.get" },
  { challenge: "" },
  { challenge: `${challenge}=` },
  { crossOrigin: true },
  { tokenBinding: { status: "present", id: "AAAA" } },
  {},
);

const flags = fc.nat(255);
const counter = fc.oneof(fc.nat(3), fc.constant(0xffffffff));
const rpId = fc.constantFrom(RP_ID, "app.example.com", "evil.example", "");

/** Damages one text of an answer. */
function damaged<T extends { readonly response: object }>(
  credential: T,
  key: string,
  change: (bytes: Buffer) => Buffer,
): T {
  // Safe: a key that is not there is an empty text.
  const text = (credential.response as Record<string, string>)[key] ?? "";
  const response = {
    ...credential.response,
    [key]: change(Buffer.from(text, "base64url")).toString("base64url"),
  };
  return { ...credential, response };
}

const RUNS = 2000;

describe("the verifier beside SimpleWebAuthn", () => {
  it("accepts no registration that the other refuses", async () => {
    const seen = { accepted: 0, refused: 0 };
    const options = fc.record({ flags, counter, rpId, clientData: clientDataChange });
    const part = fc.constantFrom("clientDataJSON", "authenticatorData", "publicKey");
    const attack = fc.record({
      which: fc.nat(2),
      options: fc.option(options, { nil: {} }),
      damages: fc.array(fc.tuple(part, damage), { maxLength: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(attack, async ({ which, options, damages }) => {
        const authenticator = authenticators[which] ?? createAuthenticator();
        let credential: FullRegistration = authenticator.register({ challenge, ...options });
        for (const [key, change] of damages) {
          credential = damaged(credential, key, change);
          // The other reads the authenticator data within the attestation object.
          if (key === "authenticatorData") credential = withAttestation(credential);
        }
        const own = "passkey" in verifyRegistration(credential, expected);
        seen[own ? "accepted" : "refused"] += 1;
        if (!own) return;
        const theirs = await verifyRegistrationResponse({
          response: credential as never, // Safe: what it is not, it refuses.
          requireUserVerification: false,
          requireUserPresence: false,
          ...asked,
        });
        expect(theirs.verified).toBe(true);
        expect(theirs.registrationInfo?.credential.id).toBe(authenticator.id);
      }),
      { numRuns: RUNS },
    );
    expect(seen.accepted).toBeGreaterThan(RUNS / 20);
    expect(seen.refused).toBeGreaterThan(RUNS / 5);
  });

  it("accepts no assertion that the other refuses", async () => {
    const known = await Promise.all(
      authenticators.map(async (authenticator) => {
        const response = authenticator.register({ challenge, flags: 1 });
        const theirs = await verifyRegistrationResponse({
          response: response as never, // Safe: browsers write it like this.
          requireUserVerification: false,
          requireUserPresence: false,
          ...asked,
        });
        const own = verifyRegistration(response, expected);
        if (!("passkey" in own) || theirs.registrationInfo === undefined) throw new Error("refused");
        return {
          own: { ...own.passkey, counter: 1 },
          theirs: { ...theirs.registrationInfo.credential, counter: 1 },
        };
      }),
    );
    const seen = { accepted: 0, refused: 0 };
    const options = fc.record({ flags, counter, rpId, clientData: clientDataChange });
    const part = fc.constantFrom("clientDataJSON", "authenticatorData", "signature", "userHandle");
    const attack = fc.record({
      which: fc.nat(2),
      signer: fc.nat(2),
      options: fc.option(options, { nil: { counter: 2 } }),
      damages: fc.array(fc.tuple(part, damage), { maxLength: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(attack, async ({ which, signer, options, damages }) => {
        const [passkey, authenticator] = [
          known[which],
          authenticators[damages.length === 0 ? which : signer],
        ];
        if (passkey === undefined || authenticator === undefined) throw new Error("no such passkey");
        let credential: FullAssertion = authenticator.assert({ challenge, userHandle, ...options });
        for (const [key, change] of damages) credential = damaged(credential, key, change);
        const needs = { userHandle, needsUserHandle: false, needsUserVerification: true };
        const own = verifyAssertion(credential, passkey.own, { ...expected, ...needs });
        seen["asserted" in own ? "accepted" : "refused"] += 1;
        if (!("asserted" in own)) return;
        const theirs = await verifyAuthenticationResponse({
          response: credential as never, // Safe: what it is not, it refuses.
          credential: passkey.theirs,
          requireUserVerification: true,
          ...asked,
        });
        expect(theirs.verified).toBe(true);
        expect(theirs.authenticationInfo.newCounter).toBe(own.asserted.counter);
      }),
      { numRuns: RUNS },
    );
    expect(seen.accepted).toBeGreaterThan(RUNS / 20);
    expect(seen.refused).toBeGreaterThan(RUNS / 5);
  });

  it("judges answers of random bytes without failing", () => {
    const bytes = fc.uint8Array({ maxLength: 600 }).map((all) => Buffer.from(all).toString("base64url"));
    const passkey = {
      id: "AAAA",
      spki: "AAAA",
      algorithm: -7,
      rpId: RP_ID,
      counter: 0,
      backupEligible: false,
    } as const;
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.integer(), (one, two, three, algorithm) => {
        const response = {
          clientDataJSON: one,
          authenticatorData: two,
          publicKey: three,
          publicKeyAlgorithm: algorithm,
        };
        const common = { id: "AAAA", rawId: "AAAA", type: "public-key" } as const;
        expect(verifyRegistration({ ...common, response }, expected)).toHaveProperty("refused");
        const needs = { userHandle, needsUserHandle: false, needsUserVerification: false };
        const signature = { ...response, signature: three };
        expect(
          verifyAssertion({ ...common, response: signature }, passkey, { ...expected, ...needs }),
        ).toHaveProperty("refused");
      }),
    );
  });
});

/** An attestation object around the authenticator data, as a browser writes it. */
function withAttestation(credential: FullRegistration): FullRegistration {
  const authData = Buffer.from(credential.response.authenticatorData, "base64url");
  const before = Buffer.from("a363666d74646e6f6e656761747453746d74a06861757468446174615900", "hex").subarray(
    0,
    -1,
  );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(authData.length);
  const attestationObject = Buffer.concat([before, length, authData]).toString("base64url");
  return { ...credential, response: { ...credential.response, attestationObject } };
}
