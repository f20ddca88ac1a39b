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
