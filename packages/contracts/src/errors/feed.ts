import { defineErrors } from "../kit/errors.js";

/** Errors of the revocation feed, which services read with a key. */
export const feedErrors = defineErrors({
  FEED_KEY_INVALID: {
    status: 401,
    message: "The key of the revocation feed is missing or wrong.",
    zh: "撤销信息流的密钥缺失或不正确。",
    help: "Send the server's `REVOCATION_FEED_KEY` as `Authorization: Bearer <key>`.",
  },
  FEED_FULL: {
    status: 503,
    message: "This server cannot take another stream now. Try again in a moment.",
    zh: "服务器暂时无法接受更多的信息流，请稍后再试。",
    help:
      "The process has as many streams as it takes, or it is being stopped. Connect again after a moment, preferably " +
      "to another node, or ask for JSON instead.",
  },
});
