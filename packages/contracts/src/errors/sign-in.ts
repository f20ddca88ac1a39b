import { z } from "zod";
import { defineErrors } from "../kit/errors.js";
import type { RestList } from "../kit/rest.js";

/** What can be asked for after a first method. */
export const factorKind = z.enum(["totp", "recoveryCode", "passkey", "emailCode"]);

export type FactorKind = z.output<typeof factorKind>;

/** How `/api/users` and `/api/auth` say which factors can be given there: as codes in a header. */
export const FACTORS_GIVEN_HERE: RestList = {
  header: "Latchkey-Factors",
  key: "factors",
  names: { totp: "totp", recoveryCode: "recovery-code" },
};

/** How a second factor comes with a request that is not about it. */
export const READS_CODE: Readonly<Record<string, string>> = {
  "Latchkey-Code":
    "The account's second factor, if it has one: the six digits that an authenticator app shows, or a recovery code.",
};

/** The secret of a sign-in in progress. */
const ticket = z.string().meta({
  description: "The secret of this sign-in. It ends after a few minutes, or after five wrong tries.",
});

const expiresInSeconds = z.int().meta({ description: "In how many seconds the sign-in ends." });

const ticketExample = "mCkVpL0s7Qz2bQ9b8QwzYyJ5vWb1n4yqf0aJr3mT6Xw";

/** Errors about second factors and about sign-ins that take more than one step. */
export const signInErrors = defineErrors({
  FACTOR_REQUIRED: {
    status: 403,
    message: "A second factor is required.",
    zh: "需要第二步验证。",
    help:
      "What was given so far was right, and the account has a second factor. Call `signIn.factor` with the ticket " +
      "and one of the factors. At `/api/users` and `/api/auth`, send the same request again with a code in the " +
      "header `Latchkey-Code`; `Latchkey-Factors` in the answer says which factors can be given there.",
    data: z.object({ ticket, factors: z.array(factorKind), expiresInSeconds }),
    example: { ticket: ticketExample, factors: ["totp", "recoveryCode"], expiresInSeconds: 600 },
  },
  FACTOR_WRONG: {
    status: 403,
    message: "The second factor is wrong.",
    zh: "第二步验证错误。",
    help:
      "Enter the code that the authenticator app shows now. Each code works once: wait for the next one if it was " +
      "used already. Wrong codes count like wrong passwords.",
  },
  ENROLMENT_REQUIRED: {
    status: 403,
    message: "This account must have a second factor. Set one up first.",
    zh: "此账户必须设置第二步验证。",
    help:
      "The operator requires a second factor (`SECOND_FACTOR`), and the account has none. Add one with the ticket " +
      "as bearer token, for example with `totp.begin` and `totp.confirm`, then call `signIn.finish`.",
    data: z.object({ ticket, expiresInSeconds }),
    example: { ticket: ticketExample, expiresInSeconds: 600 },
  },
  SIGN_IN_OVER: {
    status: 401,
    message: "This sign-in is over. Start again.",
    zh: "本次登录已结束，请重新开始。",
    help:
      "Its ticket has expired or was used, too many wrong codes were given, the account has changed, or the request " +
      "comes from another device and network. Sign in again from the start.",
  },
});

/** Errors about the second factors of an account. */
export const factorErrors = defineErrors({
  FACTOR_UNKNOWN: {
    status: 404,
    message: "This factor does not exist.",
    zh: "该验证方式不存在。",
    help: "It was removed, or it is not yours: the error does not say which. List the factors again.",
  },
  TOO_MANY_FACTORS: {
    status: 409,
    message: "The account has as many factors of this kind as it may have.",
    zh: "此类验证方式已达上限。",
    help: "Remove one of them first.",
  },
  NO_FACTOR: {
    status: 409,
    message: "The account has no second factor.",
    zh: "该账户没有设置第二步验证。",
    help: "Recovery codes stand in for another factor. Add one first, which also makes a set of codes.",
  },
});
