import { z } from "zod";
import { accountErrors, tokenErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { READS_CODE, signInErrors } from "../errors/sign-in.js";
import { factorInput } from "../fields/factor.js";
import { accessToken, loginName, passwordAttempt } from "../fields/text.js";
import { contract } from "../kit/procedure.js";
import { Account, accountExample } from "./account.js";

/** The secret of a sign-in in progress, as a caller gives it back. */
export const signInTicket = z
  .string()
  .max(64)
  .meta({
    description: "The ticket that came with the error.",
    examples: ["mCkVpL0s7Qz2bQ9b8QwzYyJ5vWb1n4yqf0aJr3mT6Xw"],
  });

/** What every way of signing in returns. */
export const SignedInAccount = z
  .object({
    account: Account,
    token: accessToken,
    trustedDevice: z
      .string()
      .nullable()
      .meta({
        description:
          "If the device was to be trusted: a secret that the client sends as `Latchkey-Trusted-Device` with later " +
          "sign-ins, which then ask for no second factor. Empty if it was put in a cookie instead.",
      }),
  })
  .meta({ id: "SignedInAccount" });

export const signedInExample = {
  account: accountExample,
  token: "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI4YmEwIn0.c2lnbmF0dXJl",
  trustedDevice: null,
};

/** What every way of signing in may raise once it is known whose account it is. */
export const admissionErrors = [
  accountErrors.INVALID_CREDENTIALS,
  accountErrors.USER_DISABLED,
  accountErrors.PASSWORD_CHANGE_REQUIRED,
  mailErrors.EMAIL_NOT_VERIFIED,
  accountErrors.RATE_LIMITED,
  signInErrors.FACTOR_REQUIRED,
  signInErrors.FACTOR_WRONG,
  signInErrors.ENROLMENT_REQUIRED,
  tokenErrors.COOKIE_REFUSED,
] as const;

const PasswordInput = z
  .object({ username: loginName, password: passwordAttempt })
  .meta({ id: "SignInPasswordInput" });

const trustDevice = z.boolean().optional().meta({
  description: "Whether this device needs no second factor for a while, if the operator allows that.",
});

const FactorSignInInput = z
  .object({ ticket: signInTicket, factor: factorInput, trustDevice })
  .meta({ id: "SignInFactorInput" });

const FinishInput = z.object({ ticket: signInTicket }).meta({ id: "SignInFinishInput" });

/** Signing in, step by step. */
export const signIn = contract("Signing in, step by step.", {
  password: {
    kind: "mutation",
    access: "public",
    summary: "Sign in with a username or address and a password",
    description:
      "Starts a session. If the account has a second factor, the error `FACTOR_REQUIRED` brings a ticket for " +
      "`signIn.factor`; a code in the header `Latchkey-Code` does the same in one call. An account that must have a " +
      "factor and has none gets `ENROLMENT_REQUIRED`.",
    input: PasswordInput,
    output: SignedInAccount,
    raises: admissionErrors,
    session: { token: "token" },
    audit: "sign_in.password",
    rest: { method: "POST", path: "/api/v1/sign-in/password", alsoReads: READS_CODE },
    example: { input: { username: "testuser", password: "password123" }, output: signedInExample },
  },
  factor: {
    kind: "mutation",
    access: "public",
    summary: "Give the second factor of a sign-in",
    description:
      "The ticket comes from `FACTOR_REQUIRED`. It ends with the session that it starts, after five wrong factors, " +
      "and after ten minutes.",
    input: FactorSignInInput,
    output: SignedInAccount,
    raises: [...admissionErrors, signInErrors.SIGN_IN_OVER],
    session: { token: "token" },
    audit: "sign_in.factor",
    rest: { method: "POST", path: "/api/v1/sign-in/factor" },
    example: {
      input: {
        ticket: "mCkVpL0s7Qz2bQ9b8QwzYyJ5vWb1n4yqf0aJr3mT6Xw",
        factor: { kind: "totp", code: "123456" },
      },
      output: signedInExample,
    },
  },
  finish: {
    kind: "mutation",
    access: "public",
    summary: "Finish a sign-in after a second factor was added",
    description: "The ticket comes from `ENROLMENT_REQUIRED`, and a factor was added with it since.",
    input: FinishInput,
    output: SignedInAccount,
    raises: [...admissionErrors, signInErrors.SIGN_IN_OVER],
    session: { token: "token" },
    audit: "sign_in.finish",
    rest: { method: "POST", path: "/api/v1/sign-in/finish" },
    example: {
      input: { ticket: "mCkVpL0s7Qz2bQ9b8QwzYyJ5vWb1n4yqf0aJr3mT6Xw" },
      output: signedInExample,
    },
  },
});
