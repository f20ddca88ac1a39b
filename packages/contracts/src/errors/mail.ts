import { defineErrors } from "../kit/errors.js";

/** Errors about addresses, and about the links that are mailed to them. */
export const mailErrors = defineErrors({
  LINK_INVALID: {
    status: 400,
    message: "This link is no longer valid.",
    zh: "链接已失效。",
    help:
      "The link was already used, was replaced by a newer one or has expired, or the account has changed " +
      "since. Ask for a new one.",
  },
  NEW_PASSWORD_REQUIRED: {
    status: 403,
    message: "Set a new password to confirm the address here.",
    zh: "要在这里确认邮箱，请设置新密码。",
    help:
      "The link was opened neither in a session of the account nor on a device where its password was " +
      "entered, so another person may have registered the address. Ask for a new password and repeat the " +
      "call with `newPassword`: the link is still valid, and all sessions of the account will end. Or repeat " +
      "the call on the device where the account was registered.",
  },
  LINK_OPENED_ELSEWHERE: {
    status: 403,
    message: "Open this link where you are signed in to the account.",
    zh: "请在已登录该账户的浏览器中打开此链接。",
    help:
      "The new address may be another person's mailbox, so the change counts only in a session of the " +
      "account, or on a device where its password was entered. The link is still valid: sign in and open it " +
      "again.",
  },
  EMAIL_NOT_VERIFIED: {
    status: 403,
    message: "Confirm your email address first. A link has been mailed to it.",
    zh: "请先确认邮箱：确认链接已发送。",
    help:
      "The password was correct, but with `EMAIL_VERIFICATION=required` users cannot sign in until they " +
      "have confirmed their address. Each attempt to sign in mails the link again, up to a few times an " +
      "hour.",
  },
});
