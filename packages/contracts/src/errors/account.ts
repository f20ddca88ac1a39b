import { defineErrors } from "../kit/errors.js";

/** Errors about accounts and passwords. */
export const accountErrors = defineErrors({
  EMAIL_TAKEN: {
    status: 409,
    message: "This email is already registered.",
    zh: "邮箱已存在。",
    help: "Sign in with it, or register with another address. Addresses are compared without letter case.",
  },
  USERNAME_TAKEN: {
    status: 409,
    message: "This username is already taken.",
    zh: "用户名已存在。",
    help: "Choose another. Usernames are compared without letter case.",
  },
  INVALID_CREDENTIALS: {
    status: 401,
    message: "The login name or the password is wrong.",
    zh: "用户名或密码错误。",
    help: "Check both. It is never said which of them was wrong.",
  },
  WRONG_PASSWORD: {
    status: 400,
    message: "The old password is wrong.",
    zh: "原密码错误。",
    help: "Enter the account's present password. Of several changes at once only one succeeds.",
  },
  USER_NOT_FOUND: {
    status: 404,
    message: "There is no such user.",
    zh: "用户不存在。",
    help: "Check the address or the id.",
  },
  RATE_LIMITED: {
    status: 429,
    message: "Too many wrong passwords. Try again later.",
    zh: "密码错误次数过多，请稍后再试。",
    help: "Wait for as many seconds as `Retry-After` says. A right password counts only while it is being compared.",
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    message: "Too many requests of this kind. Try again later.",
    zh: "此类请求过多，请稍后再试。",
    help: "Wait for as many seconds as `Retry-After` says.",
  },
  PASSWORD_TOO_COMMON: {
    status: 422,
    message: "This password is too common.",
    zh: "密码过于常见。",
    help: "It is among the first that are guessed. Choose another; `passwords.strength` says beforehand what will do.",
  },
  USER_DISABLED: {
    status: 403,
    message: "This account is disabled.",
    zh: "用户已被禁用。",
    help: "The password was right, but an administrator has disabled the account. Ask them.",
  },
  PASSWORD_CHANGE_REQUIRED: {
    status: 403,
    message: "This password is a temporary one: set another first.",
    zh: "这是临时密码，请先设置新密码。",
    help: "Set a new password with the temporary one at `users.resetPassword`, then sign in with the new one.",
  },
});

/** What stands in the way of changing an account, for its owner and for administrators. */
export const changeErrors = defineErrors({
  FOREIGN_ADDRESS: {
    status: 422,
    message: "A username must not contain '@' unless it is the account's own address.",
    zh: "除非与账户的邮箱相同，否则用户名不能包含 '@'。",
    help: "Choose a username without `@`, or the address itself.",
  },
  USER_CHANGED: {
    status: 409,
    message: "The account was changed meanwhile.",
    zh: "账户在此期间已被修改。",
    help: "Somebody else was first: nothing was changed now. Read the account again and decide anew.",
  },
  OWN_ACCOUNT: {
    status: 409,
    message: "This is your own account.",
    zh: "不能对自己的账户执行此操作。",
    help: "Administrators do not disable, demote or delete themselves, nor give themselves a temporary password: ask another one.",
  },
  LAST_ADMIN: {
    status: 409,
    message: "This is the last enabled administrator.",
    zh: "这是最后一个启用的管理员。",
    help: "Make another account an administrator first: else nobody could administer this server but by its command line.",
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
    help: "Exchange it at `users.refreshToken` while its refresh window lasts, or sign in again.",
  },
  TOKEN_INVALID: {
    status: 401,
    message: "The token is not valid.",
    zh: "令牌无效。",
    help: "It was forged, damaged or revoked, or its account is gone or disabled. Sign in again.",
  },
  REFRESH_REJECTED: {
    status: 403,
    message: "The token can no longer be exchanged.",
    zh: "令牌已不能刷新。",
    help: "It is genuine, but was exchanged before, revoked, or is older than its refresh window. Sign in again.",
  },
  SESSION_STOLEN: {
    status: 403,
    message: "This session was ended because its token was used from two places.",
    zh: "此会话的令牌在两处被使用，会话已终止。",
    help:
      "A token that had been exchanged came again, from somebody who had not exchanged it: it was copied. Sign in again, change the " +
      "password, and look through the account's sessions.",
  },
  COOKIE_REFUSED: {
    status: 403,
    message: "This page may not keep its session in a cookie here.",
    zh: "此页面不能在这里使用会话 Cookie。",
    help:
      "Cookies are for pages of the server's own origin, and for those of `CORS_ORIGINS` on the same site, in requests " +
      "whose answers are not streamed. From elsewhere, leave out the header `Latchkey-Session`.",
  },
});

/** What callers hear whose token is good and does not suffice. */
export const accessErrors = defineErrors({
  FORBIDDEN: {
    status: 403,
    message: "You may not do this.",
    zh: "没有权限。",
    help: "Only administrators may. Sign in as one.",
  },
  REAUTHENTICATION_REQUIRED: {
    status: 403,
    message: "Enter your password again first.",
    zh: "请先重新输入密码。",
    help: "Call `account.confirm` with the password, then repeat the call within 10 minutes.",
  },
});

/** What a procedure raises that only signed-in users may call. */
export const userErrors = [
  tokenErrors.TOKEN_MISSING,
  tokenErrors.TOKEN_EXPIRED,
  tokenErrors.TOKEN_INVALID,
] as const;

/** What a procedure raises that only administrators may call. */
export const adminErrors = [...userErrors, accessErrors.FORBIDDEN] as const;
