import { z } from "zod";
import { accessErrors, accountErrors, userErrors } from "../errors/account.js";
import { passkeyErrors } from "../errors/passkeys.js";
import { factorErrors, signInErrors } from "../errors/sign-in.js";
import { passkeyAssertion } from "../fields/factor.js";
import { creationOptions, passkeyName, registrationCredential, requestOptions } from "../fields/passkey.js";
import { instant } from "../fields/text.js";
import { contract } from "../kit/procedure.js";
import { admissionErrors, SignedInAccount, signedInExample, signInTicket } from "./sign-in.js";

const CreationOptions = z.object({ options: creationOptions }).meta({ id: "PasskeyCreation" });
const RequestOptions = z.object({ options: requestOptions }).meta({ id: "PasskeyRequest" });

const RegisterInput = z
  .object({ name: passkeyName, credential: registrationCredential })
  .meta({ id: "PasskeyRegisterInput" });

const SignInInput = z.object({ credential: passkeyAssertion }).meta({ id: "PasskeySignInInput" });

const FactorOptionsInput = z.object({ ticket: signInTicket }).meta({ id: "PasskeyFactorOptionsInput" });

const Passkey = z
  .object({
    id: z.string().meta({ description: "The credential's id, as browsers know it." }),
    name: z.string(),
    signsIn: z.boolean().meta({
      description:
        "Whether the authenticator has ever checked its user, by a PIN, fingerprint or face. One that never does is " +
        "only a second factor.",
    }),
    backedUp: z.boolean().meta({ description: "Whether it is synchronised to other devices." }),
    createdAt: instant,
    lastUsedAt: instant.nullable(),
  })
  .meta({ id: "Passkey" });

const Passkeys = z
  .object({
    rpId: z.string().meta({ description: "The domain that passkeys are made for." }),
    user: z
      .object({ id: z.string(), name: z.string(), displayName: z.string() })
      .meta({ description: "The account, as browsers know it: for the Signal API." }),
    passkeys: z.array(Passkey),
  })
  .meta({ id: "Passkeys" });

const CHALLENGE = "q0S3sPvJ6VXYbJ0yL0b7xQpU6rXo1h2nq0mB7r8x0Ko";
const CREDENTIAL_ID = "4ZP0nGWWyfyXnM2kZ0tJ3Q";
const USER = {
  id: "OGJhMGU2YTEtN2M0My00ZDNjLTliNTItMGQ2YjNhMWY1ZTc3",
  name: "testuser",
  displayName: "San Zhang",
};
const TIMEOUT_MS = 600_000;

const descriptorExample = {
  type: "public-key" as const,
  id: CREDENTIAL_ID,
  transports: ["internal", "hybrid"],
};

const assertionExample = {
  id: CREDENTIAL_ID,
  rawId: CREDENTIAL_ID,
  type: "public-key" as const,
  response: {
    clientDataJSON: "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
    authenticatorData: "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAQ",
    signature: "MEUCIQDq",
    userHandle: USER.id,
  },
};

const requestExample = {
  challenge: CHALLENGE,
  timeout: TIMEOUT_MS,
  rpId: "example.com",
  allowCredentials: [],
  userVerification: "required" as const,
};

const passkeyExample = {
  id: CREDENTIAL_ID,
  name: "My phone",
  signsIn: true,
  backedUp: true,
  createdAt: "2026-01-15T12:00:00.000Z",
  lastUsedAt: null,
};

/** Passkeys: WebAuthn credentials, to sign in without a password and as a second factor. */
export const passkeys = contract("Passkeys: to sign in without a password, and as a second factor.", {
  signInOptions: {
    kind: "mutation",
    access: "public",
    summary: "Begin to sign in with a passkey",
    description:
      'Options for `navigator.credentials.get`, also with `mediation: "conditional"`. The authenticator must check ' +
      "its user, so that the passkey counts as two factors.",
    input: z.void(),
    output: RequestOptions,
    raises: [accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "POST", path: "/api/v1/sign-in/passkey/options" },
    example: { output: { options: requestExample } },
  },
  signIn: {
    kind: "mutation",
    access: "public",
    summary: "Sign in with a passkey",
    description: "The passkey says which account it is. No second factor is asked for.",
    input: SignInInput,
    output: SignedInAccount,
    raises: [
      passkeyErrors.PASSKEY_UNKNOWN,
      passkeyErrors.PASSKEY_REFUSED,
      passkeyErrors.CHALLENGE_OVER,
      ...admissionErrors,
    ],
    session: { token: "token" },
    audit: "sign_in.passkey",
    rest: { method: "POST", path: "/api/v1/sign-in/passkey" },
    example: {
      input: { credential: assertionExample },
      output: signedInExample,
    },
  },
  factorOptions: {
    kind: "mutation",
    access: "public",
    summary: "Begin to use a passkey as the second factor of a sign-in",
    description:
      "Options for `navigator.credentials.get`, with the passkeys of the account that is signing in.",
    input: FactorOptionsInput,
    output: RequestOptions,
    raises: [signInErrors.SIGN_IN_OVER, accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "POST", path: "/api/v1/sign-in/factor/passkey/options" },
    example: {
      input: { ticket: "mCkVpL0s7Qz2bQ9b8QwzYyJ5vWb1n4yqf0aJr3mT6Xw" },
      output: {
        options: { ...requestExample, allowCredentials: [descriptorExample], userVerification: "preferred" },
      },
    },
  },
  confirmOptions: {
    kind: "mutation",
    access: "session",
    summary: "Begin to confirm with a passkey who you are",
    description: "Options for `navigator.credentials.get`, with the passkeys of the caller's account.",
    input: z.void(),
    output: RequestOptions,
    raises: [...userErrors, accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "POST", path: "/api/v1/account/confirm/passkey/options" },
    example: {
      output: {
        options: { ...requestExample, allowCredentials: [descriptorExample], userVerification: "preferred" },
      },
    },
  },
  registrationOptions: {
    kind: "mutation",
    access: "enrolment",
    recent: true,
    summary: "Begin to add a passkey",
    description: "Options for `navigator.credentials.create`.",
    input: z.void(),
    output: CreationOptions,
    raises: [
      ...userErrors,
      accessErrors.REAUTHENTICATION_REQUIRED,
      factorErrors.TOO_MANY_FACTORS,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    rest: { method: "POST", path: "/api/v1/account/factors/passkeys/options" },
    example: {
      output: {
        options: {
          rp: { id: "example.com", name: "Latchkey" },
          user: USER,
          challenge: CHALLENGE,
          pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key" as const, alg })),
          timeout: TIMEOUT_MS,
          excludeCredentials: [descriptorExample],
          authenticatorSelection: {
            residentKey: "preferred",
            requireResidentKey: false,
            userVerification: "preferred",
          },
          attestation: "none",
          extensions: { credProps: true },
        },
      },
    },
  },
  register: {
    kind: "mutation",
    access: "enrolment",
    recent: true,
    summary: "Add a passkey",
    description: "Keeps the passkey that `navigator.credentials.create` has made. The owner is told by mail.",
    input: RegisterInput,
    output: Passkey,
    raises: [
      ...userErrors,
      accessErrors.REAUTHENTICATION_REQUIRED,
      passkeyErrors.PASSKEY_INVALID,
      passkeyErrors.PASSKEY_TAKEN,
      factorErrors.TOO_MANY_FACTORS,
      passkeyErrors.CHALLENGE_OVER,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    audit: "factors.add_passkey",
    rest: { method: "POST", path: "/api/v1/account/factors/passkeys" },
    example: {
      input: {
        name: "My phone",
        credential: {
          id: CREDENTIAL_ID,
          rawId: CREDENTIAL_ID,
          type: "public-key",
          response: {
            clientDataJSON: "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
            authenticatorData: "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NdAAAAAA",
            publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
            publicKeyAlgorithm: -7,
            transports: ["internal", "hybrid"],
          },
        },
      },
      output: passkeyExample,
    },
  },
  list: {
    kind: "query",
    access: "account",
    summary: "See your passkeys",
    description:
      "Newest last, with what `PublicKeyCredential.signalAllAcceptedCredentials` and `signalCurrentUserDetails` need.",
    input: z.void(),
    output: Passkeys,
    raises: userErrors,
    rest: { method: "GET", path: "/api/v1/account/factors/passkeys" },
    example: { output: { rpId: "example.com", user: USER, passkeys: [passkeyExample] } },
  },
});
