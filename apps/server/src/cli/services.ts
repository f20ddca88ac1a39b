import type { Cause } from "../cause.js";
import type { Happening } from "../features/audit/service.js";
import { type Host, type HostOptions, openHost } from "../host.js";
import { type Features, openFeatures } from "../wiring/features.js";
import type { AppSettings, ServerSettings } from "../wiring/settings.js";
import { silentLog } from "../world/log.js";

/** What commands work with: the features and the host that they run on. */
export type Services = Features & { readonly host: Host; readonly settings: AppSettings };

/**
 * Opens the features beside a server that may be running, and closes them in any case. Older tables are left
 * alone unless the command says otherwise: changing them would stop a running server of the older version.
 */
export async function withServices<T>(
  { settings }: ServerSettings,
  use: (services: Services) => Promise<T>,
  { olderTables = "refuse", onMoved }: Pick<HostOptions, "olderTables" | "onMoved"> = {},
): Promise<T> {
  // Standard output is for answers, and standard error for one sentence: commands log nothing.
  const host = await openHost(settings.host, { log: silentLog, olderTables, onMoved });
  try {
    const features = await openFeatures(host, settings, 1);
    try {
      return await use({ ...features, host, settings });
    } finally {
      await features.close();
    }
  } finally {
    await host.close();
  }
}

/** The cause of everything that one command of the operator changes. */
export function operatorCause(act: OperatorAct): Cause {
  return Object.freeze({ ...act, actor: OPERATOR, language: "en" });
}

/** Records in the audit log an act of the operator that no service reports. */
export function recordAct({ audit }: Services, act: OperatorAct): Promise<void> {
  return audit.record({ ...act, actor: OPERATOR });
}

const OPERATOR = "operator";

type OperatorAct = Pick<Happening, "action" | "subject" | "details">;
