import type { Cause } from "../../cause.js";
import { type Change, type ChangeOf, together } from "../../database/change.js";
import type { Account } from "../accounts/service.js";
import type { AuditDetails } from "../audit/service.js";
import type { Events } from "../events/service.js";
import type { MailedLinks } from "../mailed-links/service.js";
import type { Blacklist } from "./blacklist.js";
import type { CountEvent, SessionEvent } from "./count.js";
import { type SessionEndReason, sessionsEnded } from "./session-events.js";
import type { EndedSession } from "./store.js";

/** Which sessions end, and why. */
export interface SessionEnd {
  readonly reason: SessionEndReason;
  readonly cause: Cause;
  /** The uuid of their account. */
  readonly subject: string;
  readonly account?: Account | undefined;
  /** What the audit log records in addition. */
  readonly details?: (ended: readonly EndedSession[]) => AuditDetails;
}

/** What is to be done about sessions that end. */
export interface Ended {
  /** Committed with their end. */
  readonly also: (ended: readonly EndedSession[]) => Change;
  /** What remains to be done after the commit. Only readers outside the database depend on it. */
  settle(): Promise<void>;
}

/** THE consequences of the end of a session, whatever has ended it: no session ends without them. */
export type SessionEnds = (end: SessionEnd) => Ended;

interface Deps {
  readonly events: Pick<Events, "of">;
  readonly links: Pick<MailedLinks, "endingOfSessions">;
  readonly blacklist: Blacklist | undefined;
  readonly countEvent: CountEvent;
}

/** How the reasons are counted that the outcome of a call does not show. */
const COUNTED: Readonly<Partial<Record<SessionEndReason, SessionEvent>>> = {
  ended: "revoked",
  "account changed": "revoked",
  stolen: "stolen",
};

export function createSessionEnds({ events, links, blacklist, countEvent }: Deps): SessionEnds {
  return ({ reason, cause, subject, account, details }) => {
    let sessions: readonly EndedSession[] = [];
    const also: ChangeOf<readonly EndedSession[]> = (ended) => {
      sessions = ended;
      const facts = { subject, account, reason, sessions, details: details?.(ended) };
      return together(
        // A session that asked for a link must not get back in with it.
        links.endingOfSessions(ended.map(({ id }) => id)),
        events.of(cause, sessionsEnded, facts),
      );
    };
    return {
      also,
      async settle() {
        const counted = COUNTED[reason];
        if (counted !== undefined && sessions.length > 0) countEvent(counted, sessions.length);
        await blacklist?.add(sessions);
      },
    };
  };
}
