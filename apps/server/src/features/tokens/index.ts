import { baseUrl, type Setting } from "../../settings/setting.js";

export const tokenSettings = {
  publicUrl: {
    name: "PUBLIC_URL",
    meaning:
      "This server's own URL as its clients reach it: tokens name it as their issuer, and tokens of another " +
      "issuer are refused, so a change signs all users out.",
    absent: "none: tokens name no issuer",
    parse: baseUrl,
  } satisfies Setting<string>,
} as const;
