import type { LinkPurpose } from "../mailed-links/service.js";

/**
 * Makes the address that it was mailed to the account's address. Any change of the password since makes it
 * invalid, and so does the end of the session that asked for it.
 */
export const emailChangeLink: LinkPurpose = {
  name: "emailChange",
  path: "email",
  lifetimeMs: 30 * 60_000,
  fits: (account, link) => account.email !== link.email && account.sessionEpoch === link.epoch,
  ends: "all",
};
