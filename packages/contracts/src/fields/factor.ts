import { z } from "zod";

const code = (description: string, example: string) =>
  z
    .string()
    .max(64)
    .meta({ description, examples: [example] });

/** Base64url, as `toJSON()` of a browser's credential writes it. */
const bytes = z
  .string()
  .max(8192)
  .regex(/^[A-Za-z0-9_-]*$/);

/** What a passkey answers to a challenge: `toJSON()` of the credential that the browser returns. */
export const passkeyAssertion = z
  .object({
    id: bytes.max(1400),
    rawId: bytes.max(1400).optional(),
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: bytes,
      authenticatorData: bytes,
      signature: bytes,
      userHandle: bytes.nullish(),
    }),
  })
  .meta({
    id: "PasskeyAssertion",
    description: "The credential that `navigator.credentials.get` returns, as its `toJSON()` writes it.",
  });

/** What is given as a second factor. */
export const factorInput = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("totp"),
      code: code("What the authenticator app shows; blanks are ignored.", "123456"),
    }),
    z.object({
      kind: z.literal("recoveryCode"),
      code: code(
        "One of the recovery codes; letter case, blanks and hyphens are ignored.",
        "k7m2-9xqd-4hfw-t3vp",
      ),
    }),
    z.object({ kind: z.literal("emailCode"), code: code("The code that was mailed.", "123456") }),
    z.object({ kind: z.literal("passkey"), credential: passkeyAssertion }),
  ])
  .meta({ id: "FactorInput" });

export type FactorInput = z.output<typeof factorInput>;
