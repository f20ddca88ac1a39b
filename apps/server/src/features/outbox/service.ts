import { comparisonKey } from "@latchkey/contracts/fields/email";
import type { Change } from "../../database/change.js";
import type { Clock } from "../../world/clock.js";
import { timeOrderedId } from "../../world/id.js";
import type { Log } from "../../world/log.js";
import { digest } from "../known-places/service.js";
import { type MailState, type MailStore, type NewMail, NO_SITE, type StoredMail } from "./store.js";
import type { RenderedMail, Sent, Transport } from "./transport.js";

export type { Decide, Decider } from "./delivery.js";
export type { StoredMail, Writing } from "./store.js";
export { type MailServer, parseMailServer, type RenderedMail, type Sent } from "./transport.js";

/** A mail to be sent. */
interface OutgoingMail extends Pick<NewMail, "to" | "template" | "language" | "values" | "about"> {
  /** After this time it is of no use to its recipient. */
  readonly usefulMs: number;
  /** The site that asked for it, if one did: sites take turns. */
  readonly from?: string | undefined;
}

/** Outgoing mails. A worker sends what is in the outbox; no request waits for that. */
export interface Outbox {
  /**
   * Adds a mail and resolves when it is stored. If too many are waiting for its recipient, that is only
   * logged.
   */
  put(mail: OutgoingMail): Promise<void>;
  /** The same, to be committed with another change. */
  putting(mail: OutgoingMail): Change;
  /** Mails older than `beforeId`, the newest first. */
  list(page: {
    readonly beforeId?: string | undefined;
    readonly state?: MailState | undefined;
    readonly limit: number;
  }): Promise<readonly StoredMail[]>;
  find(id: string): Promise<StoredMail | undefined>;
  /** Deletes all mails about an account or to its address, sent ones too, with another change. */
  forgetting(account: { readonly uuid: string; readonly email: string }): Change;
  /** Schedules a failed mail to be tried again; `false` if there is no such mail. */
  retry(id: string): Promise<boolean>;
  /** Sends a mail at once, bypassing the outbox; `undefined` if there is no mail server. */
  sendNow(to: string, rendered: RenderedMail): Promise<Sent | undefined>;
  /** Deletes or wipes a bounded number of mails that are over; resolves to how many. */
  deleteOver(): Promise<number>;
}

interface Deps {
  readonly store: MailStore;
  /** Absent if there is no mail server. */
  readonly transport: Transport | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** How long it is remembered that a mail was sent or could not be sent. */
  readonly retentionMs: number;
}

/**
 * How many mails to one recipient may be open, so that neither a bug of ours nor a stranger can flood a
 * mailbox.
 */
const BOUNDS = { mostOpen: 20 };
const ROWS_PER_CLEANING = 1000;

export function createOutbox({ store, transport, clock, log, retentionMs }: Deps): Outbox {
  const stamped = ({ usefulMs, from, ...mail }: OutgoingMail): NewMail => {
    const nowMs = clock.nowMs();
    const times = { createdAtMs: nowMs, expiresAtMs: nowMs + usefulMs };
    const askedFrom = from === undefined ? NO_SITE : digest("mails asked from", from);
    return { id: timeOrderedId(nowMs), recipientKey: comparisonKey(mail.to), askedFrom, ...mail, ...times };
  };
  const tellOfFlood = ({ template }: OutgoingMail) =>
    log("warn", "mail not written: too many are waiting for its recipient", { template });

  return {
    async put(mail) {
      if (!(await store.insert(stamped(mail), BOUNDS))) tellOfFlood(mail);
    },

    putting(mail) {
      return store.insertion(stamped(mail), BOUNDS, (inserted) => {
        if (!inserted) tellOfFlood(mail);
      });
    },

    list: store.list,
    find: store.find,
    forgetting: ({ uuid, email }) => store.deletionOf({ about: uuid, recipientKey: comparisonKey(email) }),
    retry: (id) => store.retry(id, clock.nowMs()),

    async sendNow(to, rendered) {
      return transport?.send({ id: timeOrderedId(clock.nowMs()), to, ...rendered });
    },

    deleteOver: () => {
      const nowMs = clock.nowMs();
      return store.deleteOver({ nowMs, madeBeforeMs: nowMs - retentionMs, limit: ROWS_PER_CLEANING });
    },
  };
}
