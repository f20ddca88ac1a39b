import { z } from "zod";
import { defineErrors } from "../kit/errors.js";
import { factorKind } from "./sign-in.js";

/** Errors about accounts and passwords. */
export const accountErrors = defineErrors({
  EMAIL_TAKEN: {
    status: 409,
    message: "This email is already registered.",
    zh: "邮箱已存在。",
    help: "Sign in with it, or register with another address. Letter case makes no difference.",
  },
  USERNAME_TAKEN: {
    status: 409,
    message: "This username is already taken.",
    zh: "用户名已存在。",
    help: "Choose another. Letter case makes no difference.",
  },
  INVALID_CREDENTIALS: {
    status: 401,
    message: "The username or password is wrong.",
    zh: "用户名或密码错误。",
    help: "Check both. For security, the error never says which of the two was wrong.",
  },
  WRONG_PASSWORD: {
    status: 400,
    message: "The old password is wrong.",
    zh: "原密码错误。",
    help: "Enter the account's current password. If several changes are sent at once, only one of them succeeds.",
  },
  USER_NOT_FOUND: {
    status: 404,
    message: "This user does not exist.",
    zh: "用户不存在。",
    help: "Check the address or the id.",
  },
  RATE_LIMITED: {
    status: 429,
    message: "Too many wrong passwords. Try again later.",
    zh: "密码错误次数过多，请稍后再试。",
    help: "Wait as many seconds as `Retry-After` says. A correct password is not counted as a guess.",
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    message: "Too many requests of this kind. Try again later.",
    zh: "此类请求过多，请稍后再试。",
    help: "Wait as many seconds as `Retry-After` says.",
  },
  PASSWORD_TOO_COMMON: {
    status: 422,
    message: "This password is too common.",
    zh: "密码过于常见。",
    help:
      "It is one of the passwords attackers try first. Choose another; `passwords.strength` tells you in " +
      "advance whether a password is acceptable.",
  },
  USER_DISABLED: {
    status: 403,
    message: "This account is disabled.",
    zh: "用户已被禁用。",
    help: "The password was correct, but an administrator has disabled the account. Ask them.",
  },
  PASSWORD_CHANGE_REQUIRED: {
    status: 403,
    message: "This password is temporary. Set a new one first.",
    zh: "这是临时密码，请先设置新密码。",
    help: "Use the temporary password to set a new one at `users.resetPassword`, then sign in with the new one.",
  },
});

/** Errors that stop a change to an account, for its owner and for administrators. */
export const changeErrors = defineErrors({
  FOREIGN_ADDRESS: {
    status: 422,
    message: "A username must not contain '@' unless it is the account's own address.",
    zh: "除非与账户的邮箱相同，否则用户名不能包含 '@'。",
    help: "Choose a username without `@`, or the address itself.",
  },
  USER_CHANGED: {
    status: 409,
    message: "The account has changed in the meantime.",
    zh: "账户在此期间已被修改。",
    help:
      "Another change came first, so yours was not made. Read the account again, then decide whether to " +
      "repeat it.",
  },
  OWN_ACCOUNT: {
    status: 409,
    message: "You cannot do this to your own account.",
    zh: "不能对自己的账户执行此操作。",
    help:
      "Administrators cannot disable, demote or delete themselves, or give themselves a temporary " +
      "password. Ask another administrator.",
  },
  LAST_ADMIN: {
    status: 409,
    message: "This is the last enabled administrator.",
    zh: "这是最后一个启用的管理员。",
    help:
      "Make another account an administrator first. Otherwise this server could only be administered from " +
      "its command line.",
  },
});

/** Errors about tokens and the sessions behind them. */
export const tokenErrors = defineErrors({
  TOKEN_MISSING: {
    status: 401,
    message: "A bearer token is required.",
    zh: "需要访问令牌。",
    help: "Send `Authorization: Bearer <token>`.",
  },
  TOKEN_EXPIRED: {
    status: 401,
    message: "The token has expired.",
    zh: "令牌已过期。",
    help: "Exchange it at `users.refreshToken` within its refresh window, or sign in again.",
  },
  TOKEN_INVALID: {
    status: 401,
    message: "The token is not valid.",
    zh: "令牌无效。",
    help: "It was forged, damaged or revoked, or its account was deleted or disabled. Sign in again.",
  },
  REFRESH_REJECTED: {
    status: 403,
    message: "The token can no longer be exchanged.",
    zh: "令牌已不能刷新。",
    help:
      "The token is genuine, but it was already exchanged or revoked, or is past its refresh window. Sign " +
      "in again.",
  },
  SESSION_STOLEN: {
    status: 403,
    message: "This session was ended because its token was used from two places.",
    zh: "此会话的令牌在两处被使用，会话已终止。",
    help:
      "A token that had already been exchanged was presented again by a client that had not exchanged it, " +
      "so it must have been copied. Sign in again, change the password, and review the account's sessions.",
  },
  COOKIE_REFUSED: {
    status: 403,
    message: "This page may not keep its session in a cookie here.",
    zh: "此页面不能在这里使用会话 Cookie。",
    help:
      "Cookies are only for pages on the server's own origin and for pages in `CORS_ORIGINS` on the same " +
      "site, in requests whose responses are not streamed. From any other page, leave out the " +
      "`Latchkey-Session` header.",
  },
});

/** Errors for callers whose token is valid but does not allow the call. */
export const accessErrors = defineErrors({
  FORBIDDEN: {
    status: 403,
    message: "You do not have permission to do this.",
    zh: "没有权限。",
    help: "Only administrators can do this. Sign in as one.",
  },
  REAUTHENTICATION_REQUIRED: {
    status: 403,
    message: "Confirm first that it is you.",
    zh: "请先确认是您本人。",
    help:
      "Call `account.confirm` with one of the `factors`, then repeat the call within 10 minutes: with the password or, " +
      "if the account has a second factor, with one of those.",
    data: z.object({
      factors: z
        .array(z.enum(["password", ...factorKind.options]))
        .meta({ description: "What can be given to `account.confirm`." }),
    }),
    example: { factors: ["password"] },
  },
});

/** The errors of a procedure that only signed-in users may call. */
export const userErrors = [
  tokenErrors.TOKEN_MISSING,
  tokenErrors.TOKEN_EXPIRED,
  tokenErrors.TOKEN_INVALID,
] as const;

/** The errors of a procedure that only administrators may call. */
export const adminErrors = [...userErrors, accessErrors.FORBIDDEN] as const;
