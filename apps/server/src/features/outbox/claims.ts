import { randomUUID } from "node:crypto";
import type { Clock } from "../../world/clock.js";
import type { Claimed } from "./delivery.js";
import { domainOf, dueAt } from "./rules.js";
import { rememberStalls } from "./stalls.js";
import { type Busy, type ClaimedMail, type MailStore, NO_SITE } from "./store.js";
import { SEND_DEADLINE_MS } from "./transport.js";

/** Claims mails for the lanes of one process. */
export interface Claims {
  /**
   * Claims the mail whose turn it is, for as long as `use` takes. Resolves to `undefined` if none may be sent
   * now.
   */
  use<T>(use: (claimed: Claimed) => Promise<T>): Promise<T | undefined>;
}

interface Deps {
  readonly store: MailStore;
  readonly clock: Clock;
  /** How many mails are sent at the same time. */
  readonly lanes: number;
}

/** During the lease no other process sends the mail: longer than sending can take. */
const LEASE_MS = SEND_DEADLINE_MS + 60_000;

const NOTHING: Busy = { sites: [], domains: [] };

/**
 * One claim after the other, because whose turn is next depends on who had the last. A site, and a domain that
 * mails go to, gets a second lane only if no other mail is due, and never the last one: a mail server that
 * stalls for them must not hold up the mails of others. For the same reason the last lane is closed to those
 * for which it has stalled: one account's owner may cause mails to any number of domains.
 */
export function createClaims({ store, clock, lanes }: Deps): Claims {
  let template = "";
  const askedFrom = new Map<string, string>();
  const inProgress = new Set<ClaimedMail>();
  const stalls = rememberStalls();
  let last: Promise<unknown> = Promise.resolve();

  const claim = async (busy: Busy): Promise<Claimed | undefined> => {
    const nowMs = clock.nowMs();
    const lease = randomUUID();
    const after = { template, askedFrom };
    const mail = await store.claim({ lease, ...dueAt(nowMs), untilMs: nowMs + LEASE_MS, after, busy });
    if (mail === undefined) return undefined;
    template = mail.template;
    askedFrom.set(template, mail.askedFrom);
    inProgress.add(mail);
    return { id: mail.id, lease, mail };
  };
  const claimNext = async () => {
    const mayShare = inProgress.size > 0 && inProgress.size < lanes - 1;
    const isLast = inProgress.size === lanes - 1;
    const stalled = isLast ? stalls.recent(clock.nowMs()) : [];
    return (await claim(busyWith([...inProgress, ...stalled]))) ?? (mayShare ? claim(NOTHING) : undefined);
  };
  const claimInTurn = (): ReturnType<typeof claimNext> => {
    const next = last.then(claimNext, claimNext);
    last = next;
    return next;
  };
  return {
    async use(use) {
      const claimed = await claimInTurn();
      if (claimed === undefined) return undefined;
      const beganAtMs = clock.nowMs();
      try {
        return await use(claimed);
      } finally {
        stalls.note(claimed.mail, { beganAtMs, nowMs: clock.nowMs() });
        inProgress.delete(claimed.mail);
      }
    },
  };
}

/**
 * What has to wait while these mails are being sent: a mail server may take a minute for one of them, and the
 * others of the same site or to the same domain may take as long. No site asked for notices, so they are told
 * apart by their domains only.
 */
export function busyWith(mails: ReadonlyArray<Pick<ClaimedMail, "askedFrom" | "recipientKey">>): Busy {
  return {
    sites: mails.map(({ askedFrom }) => askedFrom).filter((site) => site !== NO_SITE),
    domains: mails.map(({ recipientKey }) => domainOf(recipientKey)),
  };
}
