import type { LinkPurpose } from "../mailed-links/service.js";

/** Sets a new password. Any change of the password or the address since it was mailed makes it invalid. */
export const recoveryLink: LinkPurpose = {
  name: "recovery",
  path: "recovery",
  lifetimeMs: 30 * 60_000,
  fits: (account, link) => account.sessionEpoch === link.epoch && account.email === link.email,
  ends: "all",
};
