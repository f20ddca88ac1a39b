import { oneOf } from "../../settings/setting.js";

export const factorSettings = {
  policy: {
    name: "SECOND_FACTOR",
    meaning:
      "Which accounts must have a second factor: `admins`: those of administrators; `everyone`: all of them; " +
      "`optional`: none. An account that has one is asked for it in any case. An account that must have one and has none " +
      "adds it while signing in.",
    fallback: "optional",
    parse: oneOf("optional", "admins", "everyone"),
  },
} as const;
