import { z } from "zod";
import { accountErrors, userErrors } from "../errors/account.js";
import { emailCodeErrors } from "../errors/email-code.js";
import { mailErrors } from "../errors/mail.js";
import { factorErrors, signInErrors } from "../errors/sign-in.js";
import { emailAddress, newPassword } from "../fields/text.js";
import { contract } from "../kit/procedure.js";
import { admissionErrors, SignedInAccount, signedInExample, signInTicket } from "./sign-in.js";

const expiresInSeconds = z.int().meta({ description: "For how many seconds the code can be used." });

const RequestInput = z.object({ email: emailAddress }).meta({ id: "EmailCodeRequestInput" });

const Requested = z
  .object({
    ticket: z.string().meta({
      description:
        "The secret of this sign-in, for `emailCode.complete`. Keep it where the sign-in began, and nowhere else.",
    }),
    expiresInSeconds,
  })
  .meta({ id: "EmailCodeRequested" });

const CompleteInput = z
  .object({
    ticket: z.string().max(64).meta({ description: "The ticket that came with `emailCode.request`." }),
    code: z
      .string()
      .max(64)
      .meta({
        description:
          "The six digits of the mail, with or without blanks, or the part after `#secret=` in its link.",
        examples: ["123456"],
      }),
    newPassword: newPassword(6).optional(),
  })
  .meta({ id: "EmailCodeCompleteInput" });

const SendInput = z.object({ ticket: signInTicket }).meta({ id: "EmailCodeSendInput" });

const Sent = z.object({ expiresInSeconds }).meta({ id: "EmailCodeSent" });

const ticket = "mCkVpL0s7Qz2bQ9b8QwzYyJ5vWb1n4yqf0aJr3mT6Xw";

/** Codes by mail: in place of the password, or as a second factor. */
export const emailCode = contract("Codes by mail: in place of the password, or as a second factor.", {
  request: {
    kind: "mutation",
    access: "public",
    summary: "Ask for a code to sign in with",
    description:
      "If there is an account with this address, a code and a link are mailed to it that work once, within 10 " +
      "minutes, together with the ticket. Neither the answer nor its timing reveals whether there is one.",
    input: RequestInput,
    output: Requested,
    raises: [emailCodeErrors.EMAIL_SIGN_IN_OFF, accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "POST", path: "/api/v1/sign-in/email-code/request" },
    example: { input: { email: "user@example.com" }, output: { ticket, expiresInSeconds: 600 } },
  },
  complete: {
    kind: "mutation",
    access: "public",
    summary: "Sign in with a mailed code",
    description:
      "Starts a session, as `signIn.password` does: a second factor is asked for in the same way. If the address was " +
      "never confirmed, the code counts in a session of the account or on a device where its password was entered; " +
      "elsewhere it takes a new password, which ends all sessions.",
    input: CompleteInput,
    output: SignedInAccount,
    raises: [
      ...admissionErrors,
      emailCodeErrors.EMAIL_SIGN_IN_OFF,
      emailCodeErrors.CODE_WRONG,
      signInErrors.SIGN_IN_OVER,
      mailErrors.NEW_PASSWORD_REQUIRED,
      accountErrors.PASSWORD_TOO_COMMON,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    session: { token: "token" },
    audit: "sign_in.email_code",
    rest: { method: "POST", path: "/api/v1/sign-in/email-code/complete" },
    example: { input: { ticket, code: "123456" }, output: signedInExample },
  },
  send: {
    kind: "mutation",
    access: "public",
    summary: "Have a code mailed as the second factor of a sign-in",
    description:
      "The ticket comes from `FACTOR_REQUIRED`, whose `factors` name `emailCode`. Give the code to `signIn.factor`, " +
      "from the same device.",
    input: SendInput,
    output: Sent,
    raises: [
      signInErrors.SIGN_IN_OVER,
      factorErrors.FACTOR_UNKNOWN,
      accountErrors.USER_DISABLED,
      accountErrors.PASSWORD_CHANGE_REQUIRED,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    rest: { method: "POST", path: "/api/v1/sign-in/email-code/send" },
    example: { input: { ticket }, output: { expiresInSeconds: 600 } },
  },
  sendToConfirm: {
    kind: "mutation",
    access: "session",
    summary: "Have a code mailed to confirm something",
    description:
      "For `account.confirm`, if `REAUTHENTICATION_REQUIRED` says that `emailCode` can be given. The code counts on " +
      "the same device.",
    input: z.void(),
    output: Sent,
    raises: [...userErrors, factorErrors.FACTOR_UNKNOWN, accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "POST", path: "/api/v1/account/email-code" },
    example: { output: { expiresInSeconds: 600 } },
  },
});
