import { auth } from "@latchkey/contracts/surfaces/auth";
import { type ChangeOf, together } from "../../database/change.js";
import type { Account, Accounts } from "../../features/accounts/service.js";
import type { Caller, Sessions } from "../../features/sessions/service.js";
import type { Verification } from "../../features/verification/service.js";
import { implement } from "../../rpc/implement.js";

interface Deps {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly verification: Verification;
}

/** The auth surface over the services. */
export function authProcedures({ accounts, sessions, verification }: Deps) {
  return implement<Caller>()(auth, {
    async register({ context, input, note }) {
      const newcomer = await accounts.prepare({ ...input, from: context });
      const add = async (also?: ChangeOf<Account>) => {
        const account = await accounts.add(newcomer, also);
        note.subject = account.uuid;
        await verification.begin(account, context.language());
        return account;
      };
      const refusal = verification.refusalOf(newcomer);
      if (refusal !== undefined) {
        await add();
        throw refusal;
      }
      const { begins, issued } = await sessions.prepare(newcomer, "authMs", context);
      const account = await add((added) => together(begins(added), note.entryOf(added)));
      return { user: authUser(account), token: issued.token };
    },
    async login({ context, input, note }) {
      const attempt = { password: input.password, from: context };
      const account = await accounts.authenticate({ name: input.username }, attempt);
      note.subject = account.uuid;
      await verification.admit(account, context);
      const { token } = await sessions.start(account, "authMs", context, note.entry());
      return { user: authUser(account), token };
    },
    verify: async ({ caller }) => authUser(caller.account),
  });
}

function authUser({ uuid, username, email, createdAtMs, updatedAtMs }: Account) {
  return {
    id: uuid,
    username,
    email,
    created_at: timestamp(createdAtMs),
    updated_at: timestamp(updatedAtMs),
  };
}

/** UTC, whole seconds. */
function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
