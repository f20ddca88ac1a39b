import { baseUrl, type Setting } from "../../settings/setting.js";

export const tokenSettings = {
  publicUrl: {
    name: "PUBLIC_URL",
    meaning:
      "The server's URL as its clients reach it. Tokens name it as their issuer, and tokens from another " +
      "issuer are refused, so changing it signs all users out.",
    absent: "none: tokens name no issuer",
    parse: baseUrl,
  } satisfies Setting<string>,
} as const;
