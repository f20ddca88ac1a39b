import { defineErrors } from "../kit/errors.js";

/** Errors about addresses, and about the links that are mailed to them. */
export const mailErrors = defineErrors({
  LINK_INVALID: {
    status: 400,
    message: "This link is no longer valid.",
    zh: "链接已失效。",
    help: "It was used, a newer one was sent, its time is over, or the account has changed since. Ask for a new one.",
  },
  EMAIL_NOT_VERIFIED: {
    status: 403,
    message: "Confirm your address first: a link was mailed to it.",
    zh: "请先确认邮箱：确认链接已发送。",
    help:
      "The password was right, but `EMAIL_VERIFICATION=required` lets nobody in who has not confirmed the address. Each " +
      "attempt to sign in sends the link again, a few times in an hour.",
  },
});
