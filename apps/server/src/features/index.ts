import type { Host } from "../host.js";
import type { Implementation } from "../rpc/implement.js";
import type { ValuesOfGroups } from "../settings.js";
import { accountProcedures } from "./account/procedures.js";
import { createOwnAccount } from "./account/service.js";
import { accountSettings, openAccounts } from "./accounts/index.js";
import { openAdminUsers } from "./admin-users/index.js";
import { adminUsersProcedures } from "./admin-users/procedures.js";
import { auditSettings, openAudit } from "./audit/index.js";
import { auditProcedures } from "./audit/procedures.js";
import { authProcedures } from "./auth/procedures.js";
import { startCleaning } from "./cleaning.js";
import { emailProcedures } from "./email/procedures.js";
import { createEmailChange } from "./email/service.js";
import { keySettings, openKeys } from "./keys/index.js";
import { limitSettings, openLimits } from "./limits/index.js";
import { judgeMailSettings, mailSettings, openMail } from "./mail/index.js";
import { adminMailProcedures } from "./mail/procedures.js";
import { openNotices } from "./notices/index.js";
import { openPasswords, passwordSettings } from "./passwords/index.js";
import { passwordProcedures } from "./passwords/procedures.js";
import { decideRecovery } from "./recovery/letter.js";
import { recoveryProcedures } from "./recovery/procedures.js";
import { createRecovery } from "./recovery/service.js";
import { openSecrets } from "./secrets/index.js";
import { openSessions, readLifetimes, sessionSettings } from "./sessions/index.js";
import { sessionsProcedures } from "./sessions/procedures.js";
import { openTransfers } from "./transfers/index.js";
import { usersProcedures } from "./users/procedures.js";
import { verificationSettings } from "./verification/index.js";
import { decideVerification } from "./verification/letter.js";
import { verificationProcedures } from "./verification/procedures.js";
import { createVerification } from "./verification/service.js";

/** The settings of every feature. */
export const featureSettings = {
  passwords: passwordSettings,
  keys: keySettings,
  sessions: sessionSettings,
  limits: limitSettings,
  accounts: accountSettings,
  mail: mailSettings,
  verification: verificationSettings,
  audit: auditSettings,
} as const;

type FeatureSettings = ValuesOfGroups<typeof featureSettings>;

/** What is wrong with settings of features that each fit by themselves. */
export const judgeFeatureSettings = ({ mail }: FeatureSettings): readonly string[] => judgeMailSettings(mail);

export type Features = Awaited<ReturnType<typeof openFeatures>>;

/** THE one list: opens every feature. `processes` is how many servers share this machine. */
export async function openFeatures(host: Host, settings: FeatureSettings, processes: number) {
  const { passwords, hasher } = await openPasswords(host, settings.passwords, processes);
  const limits = openLimits(host, settings.limits);
  const audit = await openAudit(host, settings.audit, settings.limits.windowMinutes * 60_000);
  const mailing = openMail(host, settings.mail, limits);
  const { mail, quota, linkTo, devMailPage } = mailing;
  const notices = openNotices(host, { mail, enabled: mailing.hasNotices });
  const accounts = openAccounts(host, settings.accounts, { passwords, limits, notices });
  const { accessMs, authMs, refreshWindowMs } = readLifetimes(settings.sessions);
  const keys = openKeys(host, settings.keys, Math.max(accessMs, authMs, refreshWindowMs));
  const secrets = openSecrets(host);
  const opened = openSessions(host, settings.sessions, { accounts, keys, notices, secrets });
  const { sessions, blacklistState } = opened;
  const transfers = openTransfers(host, { passwords });
  const adminUsers = openAdminUsers(host, { accounts, sessions, secrets });
  const bySecret = { accounts, secrets, sessions, limits, mail, quota, linkTo };
  const recovery = createRecovery(bySecret);
  const verification = createVerification({ ...bySecret, policy: settings.verification.policy });
  const emailChange = createEmailChange(bySecret);
  const mailWorker = mailing.openWorker({
    passwordRecovery: decideRecovery(bySecret),
    verifyAddress: decideVerification(bySecret),
  });
  const cleaned = [sessions, limits, secrets, mail, audit, transfers];
  const stopCleaning = startCleaning(
    cleaned.map(({ deleteOver }) => deleteOver),
    host.log,
  );
  const ownAccount = createOwnAccount({ accounts, sessions, limits, audit, clock: host.clock });
  const implementations: Readonly<Record<string, Implementation>> = {
    users: usersProcedures({ accounts, sessions, verification, notices }),
    auth: authProcedures({ accounts, sessions, verification }),
    recovery: recoveryProcedures({ recovery, notices }),
    verification: verificationProcedures({ verification }),
    email: emailProcedures({ emailChange, notices }),
    adminMail: adminMailProcedures({ mail }),
    account: accountProcedures({ ownAccount, notices }),
    sessions: sessionsProcedures({ sessions }),
    passwords: passwordProcedures(),
    adminAudit: auditProcedures({ audit }),
    adminUsers: adminUsersProcedures(adminUsers),
  };
  return {
    accounts,
    adminUsers,
    audit,
    keys,
    sessions,
    transfers,
    mail,
    mailWorker,
    devMailPage,
    implementations,
    hashingEngine: hasher.engine,
    blacklistState,
    async close() {
      stopCleaning();
      await mailWorker.stop();
      mailing.close();
      await opened.close();
      await audit.close();
      await hasher.close();
    },
  };
}
