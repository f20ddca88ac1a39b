import { account as contract } from "@latchkey/contracts/v1/account";
import type { Account } from "../../features/accounts/service.js";
import type { AuditEntry } from "../../features/audit/service.js";
import type { Notices } from "../../features/notices/service.js";
import type { OwnAccount } from "../../features/own-account/service.js";
import { type Caller, describeSession } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";

interface Deps {
  readonly ownAccount: OwnAccount;
  readonly notices: Pick<Notices, "passwordChanged">;
}

/** The account of who calls, over its service. */
export function accountProcedures({ ownAccount, notices }: Deps) {
  return implement<Caller>()(contract, {
    get: async ({ caller }) => describeAccount(caller.account),
    update: async ({ caller, input, note }) =>
      describeAccount(await ownAccount.update(caller, input, note.entry())),

    async changePassword({ context, caller, input, note }) {
      const attempt = { password: input.oldPassword, from: context };
      const changed = await ownAccount.changePassword(caller, attempt, input.newPassword, note.entry);
      notices.passwordChanged(changed, context.language());
    },

    async confirm({ context, caller, input }) {
      const atMs = await ownAccount.confirm(caller, { password: input.password, from: context });
      return { confirmedAt: isoTime(atMs) };
    },

    async exportData({ caller }) {
      const { exportedAtMs, account, sessions, log } = await ownAccount.exportData(caller);
      return {
        exportedAt: isoTime(exportedAtMs),
        account: describeAccount(account),
        sessions: sessions.map((session) => ({
          ...describeSession(session),
          userAgent: session.userAgent,
        })),
        log: log.map((entry) => describeEntry(entry, account.uuid)),
      };
    },

    delete: ({ caller, note }) => ownAccount.delete(caller, note.entry()),
  });
}

function describeAccount(account: Account) {
  const { uuid, email, username, firstName, lastName, phoneNumber, language, role } = account;
  const { emailVerifiedAtMs, createdAtMs, updatedAtMs } = account;
  return {
    id: uuid,
    email,
    username,
    firstName,
    lastName,
    phoneNumber,
    language,
    role,
    emailVerifiedAt: emailVerifiedAtMs === null ? null : isoTime(emailVerifiedAtMs),
    createdAt: isoTime(createdAtMs),
    updatedAt: isoTime(updatedAtMs),
  };
}

/** What administrators do from where is theirs, and not told. */
function describeEntry({ atMs, action, outcome, actor, address, userAgent }: AuditEntry, owner: string) {
  const by = actor === owner ? "owner" : actor === "anonymous" ? "unknown" : "administrator";
  const whence = by === "administrator" ? { address: null, userAgent: null } : { address, userAgent };
  return { at: isoTime(atMs), action, outcome, by, ...whence } as const;
}

const isoTime = (ms: number) => new Date(ms).toISOString();
