import type { Host } from "../host.js";
import type { Implementation } from "../rpc/implement.js";
import type { ValuesOfGroups } from "../settings.js";
import { openAccounts } from "./accounts/index.js";
import { authProcedures } from "./auth/procedures.js";
import { keySettings, openKeys } from "./keys/index.js";
import { openPasswords, passwordSettings } from "./passwords/index.js";
import { openSessions, readLifetimes, sessionSettings } from "./sessions/index.js";
import { usersProcedures } from "./users/procedures.js";

/** The settings of every feature. */
export const featureSettings = {
  passwords: passwordSettings,
  keys: keySettings,
  sessions: sessionSettings,
} as const;

export type Features = Awaited<ReturnType<typeof openFeatures>>;

/** THE one list: opens every feature. `processes` is how many servers share this machine. */
export async function openFeatures(
  host: Host,
  settings: ValuesOfGroups<typeof featureSettings>,
  processes: number,
) {
  const { passwords, hasher } = await openPasswords(settings.passwords, processes);
  const accounts = openAccounts(host, passwords);
  const { accessMs, authMs, refreshWindowMs } = readLifetimes(settings.sessions);
  const keys = openKeys(host, settings.keys, Math.max(accessMs, authMs, refreshWindowMs));
  const { sessions, blacklistState, close } = openSessions(host, settings.sessions, { accounts, keys });
  const implementations: Readonly<Record<string, Implementation>> = {
    users: usersProcedures({ accounts, sessions }),
    auth: authProcedures({ accounts, sessions }),
  };
  return {
    accounts,
    keys,
    sessions,
    implementations,
    hashingEngine: hasher.engine,
    blacklistState,
    async close() {
      close();
      await hasher.close();
    },
  };
}
