import { z } from "zod";
import { accessErrors, accountErrors, userErrors } from "../errors/account.js";
import { factorErrors, signInErrors } from "../errors/sign-in.js";
import { instant, shortText } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

/** A second factor, as its owner and administrators see it. */
export const Factor = z
  .object({
    id: z.string(),
    kind: z.enum(["totp", "passkey"]).meta({ description: "`totp`: an authenticator app." }),
    name: z.string().meta({ description: "Chosen by its owner." }),
    createdAt: instant,
    lastUsedAt: instant.nullable().meta({ description: "`null` if it was never used." }),
  })
  .meta({ id: "Factor" });

const Factors = z
  .object({
    factors: z.array(Factor).meta({ description: "The oldest first." }),
    recoveryCodesLeft: z.int().meta({ description: "How many recovery codes have not been used." }),
    required: z
      .boolean()
      .meta({ description: "Whether the operator requires a second factor of this account." }),
  })
  .meta({ id: "Factors" });

const factorId = z
  .string()
  .min(1)
  .max(1400)
  .meta({
    description: "The factor's id, from the list.",
    examples: ["0199d5a1-52a5-7c0d-9a0c-6f2b8f0d7a11"],
  });
const name = shortText("What the owner calls it.", "My phone");

const codes = z
  .array(z.string())
  .meta({ description: "Shown only this once. Each can be used once in place of another factor." });

const RenameInput = z.object({ id: factorId, name });
const RemoveInput = z.object({ id: factorId }).meta({ id: "FactorRemoveInput" });
const BeginInput = z.object({ name }).meta({ id: "TotpBeginInput" });
const ConfirmInput = z.object({
  id: z.uuid().meta({ description: "The id that `totp.begin` returned." }),
  code: z
    .string()
    .max(64)
    .meta({ description: "What the app shows now.", examples: ["123456"] }),
});

const Begun = z
  .object({
    id: z.uuid().meta({ description: "For `totp.confirm`." }),
    secret: z
      .string()
      .meta({ description: "In Base32, to be typed into an app that cannot read the QR code." }),
    uri: z
      .string()
      .meta({ description: "The same as an `otpauth:` URI, which opens an app on the same device." }),
    qrCode: z.string().meta({ description: "The URI as a QR code: an SVG image without script or styles." }),
    expiresAt: instant.meta({ description: "Until when the app can be confirmed." }),
  })
  .meta({ id: "TotpBegun" });

const Confirmed = z
  .object({
    factor: Factor,
    recoveryCodes: codes.nullable().meta({
      description:
        "The first set of recovery codes, shown only this once; `null` if the account has codes that can be used.",
    }),
  })
  .meta({ id: "TotpConfirmed" });

const Renewed = z.object({ recoveryCodes: codes }).meta({ id: "RecoveryCodesRenewed" });

const id = "0199d5a1-52a5-7c0d-9a0c-6f2b8f0d7a11";
const factorExample = {
  id,
  kind: "totp" as const,
  name: "My phone",
  createdAt: "2026-01-15T12:00:00.000Z",
  lastUsedAt: null,
};
const codesExample = [
  "k7m2-9xqd-4hfw-t3vp",
  "0q8r-b2yn-6j5c-wm9e",
  "z4td-1gkh-8s7x-p0av",
  "c9nf-5rv3-y2qm-6bhj",
  "x1ep-7wz8-k4gd-0tsn",
  "m6yb-3qh9-v5rc-2fjw",
  "8dka-t0xn-1zpe-g7s4",
  "h2vw-6cmj-9b8y-q3rf",
  "p5gz-e4st-0n7k-xd1v",
  "j3rq-8fyh-w6ac-m9b2",
];

/** For what a stolen token alone must not reach: a present factor was just given. */
const recentErrors = [
  ...userErrors,
  accessErrors.REAUTHENTICATION_REQUIRED,
  accountErrors.TOO_MANY_REQUESTS,
] as const;

/** The second factors of the caller's own account. */
export const factors = contract("The second factors of the caller's own account.", {
  list: {
    kind: "query",
    access: "account",
    summary: "See your second factors",
    description: "Authenticator apps and passkeys, and how many recovery codes are left.",
    input: z.void(),
    output: Factors,
    raises: userErrors,
    rest: { method: "GET", path: "/api/v1/account/factors" },
    example: { output: { factors: [factorExample], recoveryCodesLeft: 10, required: false } },
  },
  rename: {
    kind: "mutation",
    access: "account",
    summary: "Rename a second factor",
    description: "The name is only for its owner.",
    input: RenameInput,
    output: z.void(),
    raises: [...userErrors, factorErrors.FACTOR_UNKNOWN, accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "PATCH", path: "/api/v1/account/factors/{id}" },
    example: { input: { id, name: "My phone" }, output: undefined },
  },
  remove: {
    kind: "mutation",
    access: "session",
    recent: true,
    summary: "Remove a second factor",
    description:
      "With the last one, the recovery codes go too, and the password alone is enough to sign in, unless the operator " +
      "requires a second factor. The owner is told by mail.",
    input: RemoveInput,
    output: z.void(),
    raises: [...recentErrors, factorErrors.FACTOR_UNKNOWN],
    audit: "factors.remove",
    rest: { method: "DELETE", path: "/api/v1/account/factors/{id}" },
    example: { input: { id }, output: undefined },
  },
});

/** Authenticator apps. */
export const totp = contract(
  "Authenticator apps: codes of six digits that change every 30 seconds (RFC 6238).",
  {
    begin: {
      kind: "mutation",
      access: "enrolment",
      recent: true,
      summary: "Begin to add an authenticator app",
      description: "Shows the app's secret, only this once. It does not count until `totp.confirm`.",
      input: BeginInput,
      output: Begun,
      raises: [...recentErrors, factorErrors.TOO_MANY_FACTORS, factorErrors.FACTOR_UNKNOWN],
      rest: { method: "POST", path: "/api/v1/account/factors/totp" },
      example: {
        input: { name: "My phone" },
        output: {
          id,
          secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
          uri:
            "otpauth://totp/Latchkey:user%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" +
            "&algorithm=SHA1&digits=6&period=30&issuer=Latchkey",
          qrCode: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 53 53"></svg>',
          expiresAt: "2026-01-15T12:30:00.000Z",
        },
      },
    },
    confirm: {
      kind: "mutation",
      access: "enrolment",
      recent: true,
      summary: "Add an authenticator app",
      description:
        "With a code that the app shows. From now on every sign-in asks for a second factor. The owner is told by mail.",
      input: ConfirmInput,
      output: Confirmed,
      raises: [
        ...recentErrors,
        signInErrors.FACTOR_WRONG,
        factorErrors.FACTOR_UNKNOWN,
        factorErrors.TOO_MANY_FACTORS,
      ],
      audit: "factors.add_totp",
      rest: { method: "POST", path: "/api/v1/account/factors/totp/{id}/confirm" },
      example: {
        input: { id, code: "123456" },
        output: { factor: factorExample, recoveryCodes: codesExample },
      },
    },
  },
);

/** Recovery codes. */
export const recoveryCodes = contract("Recovery codes: for users whose other factors are lost.", {
  renew: {
    kind: "mutation",
    access: "session",
    recent: true,
    summary: "Make new recovery codes",
    description: "Ten of them. Earlier ones no longer work. The owner is told by mail.",
    input: z.void(),
    output: Renewed,
    raises: [...recentErrors, factorErrors.NO_FACTOR],
    audit: "factors.renew_recovery_codes",
    rest: { method: "POST", path: "/api/v1/account/recovery-codes" },
    example: { output: { recoveryCodes: codesExample } },
  },
});
