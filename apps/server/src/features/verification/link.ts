import type { LinkPurpose } from "../mailed-links/service.js";

/** Confirms the address that it was mailed to, as long as it is the account's. */
export const verificationLink: LinkPurpose = {
  name: "verification",
  path: "verification",
  lifetimeMs: 24 * 60 * 60_000,
  fits: (account, link) => account.email === link.email,
  ends: "same purpose",
};
