import { oneOf } from "../../../settings/setting.js";

export const emailCodeSettings = {
  use: {
    name: "EMAIL_CODES",
    meaning:
      "What mailed codes are good for. `off`: nothing. `sign-in`: in place of the password, as the first step, with a " +
      "code or a link. `second-factor`: as a second step for accounts that have a second factor and a confirmed " +
      "address. `both`: either, but never both in one sign-in.",
    fallback: "off",
    parse: oneOf("off", "sign-in", "second-factor", "both"),
  },
} as const;
