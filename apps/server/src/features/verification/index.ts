import { oneOf } from "../../settings/setting.js";

export const verificationSettings = {
  policy: {
    name: "EMAIL_VERIFICATION",
    meaning:
      "Whether users must confirm that an address is theirs. `soft`: a link is mailed at registration. " +
      "`required`: in addition, users cannot sign in until they have used it.",
    fallback: "off",
    parse: oneOf("off", "soft", "required"),
  },
} as const;
