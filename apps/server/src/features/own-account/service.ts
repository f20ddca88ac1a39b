import { accountErrors, tokenErrors } from "@latchkey/contracts/errors/account";
import type { Change, ChangeOf } from "../../database/change.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import type { Account, AccountEdit, Accounts, Attempt } from "../accounts/service.js";
import type { Audit, AuditEntry } from "../audit/service.js";
import type { Limits } from "../limits/service.js";
import type { Caller, Session, Sessions } from "../sessions/service.js";

/** All that is kept about somebody. */
export interface AccountData {
  readonly exportedAtMs: number;
  readonly account: Account;
  readonly sessions: readonly Session[];
  /** What was done to the account, the latest first. */
  readonly log: readonly AuditEntry[];
}

/** What somebody does with the account of their own. A caller whose account goes meanwhile hears `TOKEN_INVALID`. */
export interface OwnAccount {
  /** Raises `USERNAME_TAKEN`, `FOREIGN_ADDRESS`, `USER_CHANGED`, `UNAVAILABLE`. */
  update(caller: Caller, edit: OwnEdit, also?: Change): Promise<Account>;
  /**
   * Sets a new password with the old one and ends the other sessions. Resolves to the account as it is then. Raises
   * `WRONG_PASSWORD`, `PASSWORD_TOO_COMMON`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  changePassword(
    caller: Caller,
    attempt: Attempt,
    newPassword: string,
    also?: ChangeOf<Account>,
  ): Promise<Account>;
  /** Notes that the password was given; resolves to when. Raises `WRONG_PASSWORD`, `RATE_LIMITED`, `UNAVAILABLE`. */
  confirm(caller: Caller, attempt: Attempt): Promise<number>;
  exportData(caller: Caller): Promise<AccountData>;
  /** Raises `LAST_ADMIN`, `UNAVAILABLE`. */
  delete(caller: Caller, also?: Change): Promise<void>;
}

/** What owners may set themselves. */
export type OwnEdit = Pick<AccountEdit, "username" | "firstName" | "lastName" | "phoneNumber" | "language">;

interface Deps {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly limits: Pick<Limits, "forget">;
  readonly audit: Pick<Audit, "list">;
  readonly clock: Clock;
}

const ENTRIES_PER_PAGE = 500;
const MAX_ENTRIES = 10_000;

export function createOwnAccount({ accounts, sessions, limits, audit, clock }: Deps): OwnAccount {
  const entriesAbout = async (subject: string) => {
    const entries: AuditEntry[] = [];
    let before: number | undefined;
    do {
      const page = await audit.list({ subject }, { before, limit: ENTRIES_PER_PAGE });
      entries.push(...page.entries);
      before = page.next;
    } while (before !== undefined && entries.length < MAX_ENTRIES);
    return entries.slice(0, MAX_ENTRIES);
  };

  return {
    update: ({ account }, edit, also) => accounts.edit(account, edit, also).catch(withoutAccount),

    async changePassword({ account, session }, attempt, newPassword, also) {
      const changed = await accounts.changePasswordOf(account, attempt, newPassword, also);
      await sessions.endEarlier(changed, session);
      return changed;
    },

    async confirm(caller, attempt) {
      await accounts.assertPassword(caller.account, attempt);
      return sessions.confirm(caller);
    },

    async exportData({ account }) {
      const [listed, log] = await Promise.all([sessions.listOf(account), entriesAbout(account.uuid)]);
      return { exportedAtMs: clock.nowMs(), account, sessions: listed, log };
    },

    async delete({ account: { uuid } }, also) {
      await accounts.delete(uuid, also).catch(withoutAccount);
      await limits.forget(uuid);
    },
  };
}

function withoutAccount(error: unknown): never {
  const isGone = error instanceof AppError && error.definition === accountErrors.USER_NOT_FOUND;
  throw isGone ? new AppError(tokenErrors.TOKEN_INVALID, { cause: error }) : error;
}
