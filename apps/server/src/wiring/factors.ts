import { notifyOfFactors } from "../features/factors/letters.js";
import { openRecoveryCodes } from "../features/factors/recovery-codes/index.js";
import type { Factors } from "../features/factors/service.js";
import { openTotp } from "../features/factors/totp/index.js";
import type { Host } from "../host.js";
import type { Foundation } from "./foundation.js";
import type { AppSettings } from "./settings.js";

/** Second factors that are codes: of authenticator apps, and recovery codes. */
export function openCodes(
  host: Host,
  settings: AppSettings,
  { events, mailing, factors }: Pick<Foundation, "events" | "mailing"> & { readonly factors: Factors },
) {
  const recoveryCodes = openRecoveryCodes(host, { events });
  const totp = openTotp(host, { factors, recoveryCodes, appName: settings.mail.appName });
  factors.keep(totp.keeper);
  factors.endWithLast(recoveryCodes.ending);
  return {
    recoveryCodes,
    totp,
    /** What a sign-in can ask for. */
    secondFactors: [totp.factor, recoveryCodes.factor],
    parts: [totp, notifyOfFactors(events, mailing.mail, host.clock)],
  };
}
