import { defineErrors } from "../kit/errors.js";

/** Errors about sessions that are named by their ids. */
export const sessionErrors = defineErrors({
  SESSION_NOT_FOUND: {
    status: 404,
    message: "This session does not exist.",
    zh: "会话不存在。",
    help: "The session has ended, or it is not yours: the error does not say which. List the sessions again.",
  },
});
