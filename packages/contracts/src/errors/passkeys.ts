import { defineErrors } from "../kit/errors.js";

/** Errors about passkeys. */
export const passkeyErrors = defineErrors({
  PASSKEY_REFUSED: {
    status: 401,
    message: "This passkey was not accepted.",
    zh: "通行密钥未被接受。",
    help:
      "The browser's answer does not fit: it was signed by another key, on another site, without the user's PIN, " +
      "fingerprint or face, or by a copy of the authenticator. Try again, or sign in another way.",
  },
  PASSKEY_UNKNOWN: {
    status: 401,
    message: "This passkey is not registered here.",
    zh: "此通行密钥未在此注册。",
    help:
      "It was removed from its account, or the account was deleted. Pages can tell the browser so with " +
      "`PublicKeyCredential.signalUnknownCredential`. Sign in another way.",
  },
  PASSKEY_INVALID: {
    status: 422,
    message: "This passkey cannot be registered.",
    zh: "无法注册此通行密钥。",
    help:
      "The browser's answer does not fit: it was made on another site or for another account, or with a key of a kind " +
      "that is not accepted (ES256, EdDSA with Ed25519, and RS256 are).",
  },
  PASSKEY_TAKEN: {
    status: 409,
    message: "This passkey is already registered.",
    zh: "此通行密钥已注册。",
    help: "List the account's factors. Another account cannot have the same passkey.",
  },
  CHALLENGE_OVER: {
    status: 409,
    message: "This took too long, or was already completed.",
    zh: "操作超时或已完成。",
    help: "A challenge counts once, within 10 minutes, and only for what it was issued for. Ask for new options.",
  },
});
