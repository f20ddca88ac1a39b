import { accountSettings, openAccounts } from "../features/accounts/index.js";
import { auditSettings, openAudit } from "../features/audit/index.js";
import { openPasswords, passwordSettings } from "../features/credentials/index.js";
import { createEmailChange } from "../features/email-change/service.js";
import { limitSettings, openLimits } from "../features/limits/index.js";
import { judgeMailSettings, mailSettings, openMail } from "../features/mail/index.js";
import { openSecrets } from "../features/mailed-links/index.js";
import { openNotices } from "../features/notices/index.js";
import { createOwnAccount } from "../features/own-account/service.js";
import { decideRecovery } from "../features/recovery/letter.js";
import { createRecovery } from "../features/recovery/service.js";
import { openSessions, readLifetimes, sessionSettings } from "../features/sessions/index.js";
import { keySettings, openKeys } from "../features/signing-keys/index.js";
import { openTransfers } from "../features/transfers/index.js";
import { openAdminUsers } from "../features/user-administration/index.js";
import { verificationSettings } from "../features/verification/index.js";
import { decideVerification } from "../features/verification/letter.js";
import { createVerification } from "../features/verification/service.js";
import type { Host } from "../host.js";
import type { Implementation } from "../rpc/implement.js";
import type { ValuesOfGroups } from "../settings/read.js";
import { auditProcedures } from "../surfaces/admin/audit.js";
import { adminMailProcedures } from "../surfaces/admin/mail.js";
import { adminUsersProcedures } from "../surfaces/admin/users.js";
import { authProcedures } from "../surfaces/frozen/auth.js";
import { usersProcedures } from "../surfaces/frozen/users.js";
import { accountProcedures } from "../surfaces/v1/account.js";
import { emailProcedures } from "../surfaces/v1/email.js";
import { passwordProcedures } from "../surfaces/v1/passwords.js";
import { recoveryProcedures } from "../surfaces/v1/recovery.js";
import { sessionsProcedures } from "../surfaces/v1/sessions.js";
import { verificationProcedures } from "../surfaces/v1/verification.js";
import { startCleaning } from "./cleaning.js";

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
