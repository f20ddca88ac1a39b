import { z } from "zod";
import { shortText } from "./text.js";

/** Longer than any browser's answer: 16 KiB. */
const MAX_TEXT = 21_846;
/** A credential's id has at most 1023 bytes (WebAuthn 4). */
const MAX_ID = 1364;
const MAX_TRANSPORTS = 16;

const bytes = (max = MAX_TEXT) => z.base64url().min(1).max(max);

const credentialId = bytes(MAX_ID).meta({ description: "The credential's id." });

/**
 * What `credential.toJSON()` of `navigator.credentials.create` returns; keys that are not listed are ignored.
 * What `navigator.credentials.get` returns is `passkeyAssertion`.
 */
export const registrationCredential = z
  .object({
    id: credentialId,
    rawId: credentialId,
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: bytes(),
      authenticatorData: bytes(),
      publicKey: bytes().optional().meta({
        description:
          "The public key as SubjectPublicKeyInfo. Browsers leave out keys they do not understand.",
      }),
      publicKeyAlgorithm: z.int().meta({ description: "The key's COSE algorithm.", examples: [-7] }),
      transports: z
        .array(z.string().max(32))
        .max(MAX_TRANSPORTS)
        .optional()
        .meta({ description: "How the authenticator can be reached.", examples: [["internal", "hybrid"]] }),
    }),
  })
  .meta({ id: "PasskeyRegistration" });

/** The name that a user gives a passkey. */
export const passkeyName = shortText("What its owner calls it.", "My phone");

const descriptor = z
  .object({ type: z.literal("public-key"), id: z.string(), transports: z.array(z.string()) })
  .meta({ id: "PasskeyDescriptor" });

const timeout = z
  .int()
  .meta({ description: "How long the user may take, in milliseconds.", examples: [600_000] });
const challenge = z.string().meta({ description: "Base64url. It counts once." });
const userVerification = z.enum(["required", "preferred", "discouraged"]);

/** For `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export const creationOptions = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge,
    pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.int() })),
    timeout,
    excludeCredentials: z.array(descriptor),
    authenticatorSelection: z.object({
      residentKey: z.enum(["required", "preferred", "discouraged"]),
      requireResidentKey: z.boolean(),
      userVerification,
    }),
    attestation: z.literal("none"),
    extensions: z.object({ credProps: z.boolean() }),
  })
  .meta({ id: "PasskeyCreationOptions" });

/** For `PublicKeyCredential.parseRequestOptionsFromJSON`. */
export const requestOptions = z
  .object({
    challenge,
    timeout,
    rpId: z.string(),
    allowCredentials: z
      .array(descriptor)
      .meta({ description: "Empty if any passkey that the browser finds for the site will do." }),
    userVerification,
  })
  .meta({ id: "PasskeyRequestOptions" });
