import { auth } from "@latchkey/contracts/auth";
import { implement } from "../../rpc/implement.js";
import type { Account, Accounts } from "../accounts/service.js";
import type { Caller, Sessions, SignInPlace } from "../sessions/service.js";
import type { Verification } from "../verification/service.js";

interface Deps {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly verification: Verification;
}

/** The auth surface over the services. */
export function authProcedures({ accounts, sessions, verification }: Deps) {
  const signIn = async (account: Account, place: SignInPlace) => {
    const { token } = await sessions.start(account, "authMs", place);
    return { user: authUser(account), token };
  };
  return implement<Caller>()(auth, {
    async register({ context, input, note }) {
      const account = await accounts.register({ ...input, from: context });
      note.subject = account.uuid;
      await verification.begin(account, context.language());
      verification.check(account);
      return signIn(account, context);
    },
    async login({ context, input, note }) {
      const attempt = { password: input.password, from: context };
      const account = await accounts.authenticate({ name: input.username }, attempt);
      note.subject = account.uuid;
      await verification.admit(account, context);
      return signIn(account, context);
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
