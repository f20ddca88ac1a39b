import { openAudit } from "../features/audit/index.js";
import { openHashing } from "../features/credentials/index.js";
import { createEvents } from "../features/events/service.js";
import { openKnownPlaces } from "../features/known-places/index.js";
import { openLimits } from "../features/limits/index.js";
import { openMail } from "../features/mail/index.js";
import { openOutbox } from "../features/outbox/index.js";
import { readLifetimes } from "../features/sessions/index.js";
import { openSigningKeys } from "../features/signing-keys/index.js";
import type { Host } from "../host.js";
import { wholeMs } from "../settings/setting.js";
import type { AppSettings } from "./settings.js";

export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/**
 * The lowest floors, which do not know accounts: limits, signing keys, the audit log, the outbox and letters,
 * events, hashing. `processes` is how many servers share this machine.
 */
export async function openFoundation(host: Host, settings: AppSettings, processes: number) {
  const { accessMs, authMs, refreshWindowMs } = readLifetimes(settings.sessions);
  const hashing = await openHashing(host, settings.credentials, processes);
  const places = openKnownPlaces(host);
  const limits = openLimits(host, settings.limits, { places });
  const audit = await openAudit(host, settings.audit, wholeMs(settings.limits.windowMinutes));
  const signingKeys = openSigningKeys(
    host,
    settings.signingKeys,
    Math.max(accessMs, authMs, refreshWindowMs),
  );
  const { outbox, ...sending } = openOutbox(host, settings.mail);
  const mailing = openMail(host, settings.mail, { outbox, limits });
  const events = createEvents({ audit });
  return {
    hashing,
    places,
    limits,
    audit,
    signingKeys,
    sending,
    mailing,
    mail: mailing.mail,
    minLength: settings.credentials.minLength,
    hashingEngine: hashing.hasher.engine,
    events,
    parts: [hashing, places, limits, audit, signingKeys, sending, mailing, mailing.mail],
  };
}
