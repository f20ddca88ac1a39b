import { users } from "@latchkey/contracts/surfaces/users";
import type { Accounts } from "../../features/accounts/service.js";
import type { Notices } from "../../features/notices/service.js";
import type { Caller, Issued, Sessions } from "../../features/sessions/service.js";
import type { Verification } from "../../features/verification/service.js";
import { implement } from "../../rpc/implement.js";

interface Deps {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly verification: Verification;
  readonly notices: Pick<Notices, "passwordChanged">;
}

/** The users surface over the services. */
export function usersProcedures({ accounts, sessions, verification, notices }: Deps) {
  return implement<Caller>()(users, {
    async register({ context, input, note }) {
      const {
        email,
        password,
        first_name: firstName,
        last_name: lastName,
        phone_number: phoneNumber,
      } = input;
      const profile = { firstName, lastName, phoneNumber };
      const newcomer = await accounts.prepare({ email, password, from: context, ...profile });
      const account = await accounts.add(newcomer, note.entryOf);
      await verification.begin(account, context.language());
      return { message: "User registered successfully." };
    },

    async login({ context, input, note }) {
      const attempt = { password: input.password, from: context };
      const account = await accounts.authenticate({ email: input.email }, attempt);
      note.subject = account.uuid;
      await verification.admit(account, context);
      return issuedToken(await sessions.start(account, "accessMs", context, note.entry()));
    },

    async me({ caller: { account } }) {
      return {
        email: account.email,
        first_name: account.firstName,
        last_name: account.lastName,
        phone_number: account.phoneNumber,
      };
    },

    async logout({ caller, note }) {
      await sessions.end(caller, note.entry());
      return { message: "You have been logged out." };
    },

    async refreshToken({ context, input }) {
      return issuedToken(await sessions.refresh(context.bearer, input.idempotencyKey));
    },

    async resetPassword({ context, input, note }) {
      const attempt = { password: input.old_password, from: context };
      const before = await sessions.recognise(context.bearer);
      const name = { email: input.email };
      const account = await accounts.changePassword(name, attempt, input.new_password, note.entryOf);
      await sessions.endEarlier(account, before?.account.id === account.id ? before.session : undefined);
      notices.passwordChanged(account, context.language());
      return { message: "Password has been reset successfully." };
    },
  });
}

function issuedToken({ token, expiresInMinutes }: Issued) {
  return { access_token: token, token_type: "bearer" as const, expires_in: expiresInMinutes };
}
