import { defineErrors } from "../kit/errors.js";

/** Errors about sessions that are named by their ids. */
export const sessionErrors = defineErrors({
  SESSION_NOT_FOUND: {
    status: 404,
    message: "There is no such session.",
    zh: "会话不存在。",
    help: "It is over, or it is not yours: that is not told. List the sessions again.",
  },
});
