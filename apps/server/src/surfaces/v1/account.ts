import { account as contract } from "@latchkey/contracts/v1/account";
import type { AuditEntry } from "../../features/audit/service.js";
import { describeFactor } from "../../features/factors/service.js";
import type { OwnAccount } from "../../features/own-account/service.js";
import { describeSession } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";
import { shownAccount } from "../shown-account.js";

/** The account of the caller, over its service. */
export function accountSurface({ ownAccount }: { readonly ownAccount: OwnAccount }) {
  return implement<SessionPrincipal>()(contract, {
    get: async ({ principal }) => shownAccount(principal.account),
    update: async ({ context, principal, input, cause }) =>
      shownAccount(await ownAccount.update(principal.account, { ...input, from: context }, cause)),

    async changePassword({ context, principal, input, cause }) {
      const attempt = { password: input.oldPassword, from: context };
      await ownAccount.changePassword(principal, attempt, input.newPassword, cause);
    },

    async confirm({ context, principal, input }) {
      const atMs = await ownAccount.confirm(principal, input, context);
      return { confirmedAt: isoTime(atMs) };
    },

    async exportData({ principal }) {
      const { exportedAtMs, account, factors, sessions, log } = await ownAccount.exportData(
        principal.account,
      );
      return {
        exportedAt: isoTime(exportedAtMs),
        account: shownAccount(account),
        factors: factors.map(describeFactor),
        sessions: sessions.map((session) => {
          const { userAgent, ...shown } = describeSession(session);
          return { ...shown, userAgent };
        }),
        log: log.entries.map((entry) => describeEntry(entry, account.uuid)),
        hasOlderEntries: log.hasOlderEntries,
      };
    },

    delete: ({ principal, cause }) => ownAccount.delete(principal.account, cause),
  });
}

/** An entry of the account's log. Where an administrator acted from is private, and not shown. */
function describeEntry({ atMs, action, outcome, actor, address, userAgent }: AuditEntry, owner: string) {
  const by = actor === owner ? "owner" : actor === "anonymous" ? "unknown" : "administrator";
  const whence = by === "administrator" ? { address: null, userAgent: null } : { address, userAgent };
  return { at: isoTime(atMs), action, outcome, by, ...whence } as const;
}

const isoTime = (ms: number) => new Date(ms).toISOString();
