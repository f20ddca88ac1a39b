import type { Events } from "../events/service.js";
import type { LinkPurpose, MailedLinks } from "../mailed-links/service.js";
import { sessionEnded, sessionStolen, sessionsEnded } from "../sessions/service.js";

/**
 * Makes the address that it was mailed to the account's address. Any change of the password since makes it
 * invalid.
 */
export const emailChangeLink: LinkPurpose = {
  name: "emailChange",
  path: "email",
  lifetimeMs: 30 * 60_000,
  fits: (account, link) => account.email !== link.email && account.sessionEpoch === link.epoch,
  ends: "all",
};

/**
 * Ends the link when a session is ended from another one: the ended session may have asked for the link,
 * which would be a way back in.
 */
export function endLinkWithSessions(events: Events, links: Pick<MailedLinks, "ending">): void {
  for (const kind of [sessionEnded, sessionsEnded, sessionStolen]) {
    events.on(kind, ({ subject: uuid }) => links.ending({ uuid }, emailChangeLink));
  }
}
