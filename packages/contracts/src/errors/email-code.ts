import { defineErrors } from "../kit/errors.js";

/** Errors about signing in with a mailed code. */
export const emailCodeErrors = defineErrors({
  EMAIL_SIGN_IN_OFF: {
    status: 403,
    message: "Signing in with a mailed code is off.",
    zh: "未启用邮箱验证码登录。",
    help: "The operator decides it with `EMAIL_CODES`. Sign in with the password, or set a new one by mail.",
  },
  CODE_WRONG: {
    status: 403,
    message: "This code is wrong.",
    zh: "验证码错误。",
    help:
      "Enter the code of the newest mail, where the sign-in began. After five wrong codes, ask for a new one. Wrong " +
      "codes count like wrong passwords.",
  },
});
