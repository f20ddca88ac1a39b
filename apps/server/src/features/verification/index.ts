import { oneOf } from "../../settings/setting.js";

export const verificationSettings = {
  policy: {
    name: "EMAIL_VERIFICATION",
    meaning:
      "Whether users must show that an address is theirs. `soft`: a link is mailed at registration. `required`: besides, nobody signs in before it was used.",
    fallback: "off",
    parse: oneOf("off", "soft", "required"),
  },
} as const;
