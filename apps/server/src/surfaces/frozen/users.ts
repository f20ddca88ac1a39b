import { users } from "@latchkey/contracts/surfaces/users";
import type { Account } from "../../features/accounts/service.js";
import type { PasswordFactor } from "../../features/factors/password/service.js";
import type { Registrations } from "../../features/registration/service.js";
import type { Issued, Sessions } from "../../features/sessions/service.js";
import type { SignIn } from "../../features/sign-in/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";
import { rememberOutputs } from "./outputs.js";

interface Deps {
  readonly registrations: Registrations;
  readonly password: PasswordFactor;
  readonly signIn: SignIn;
  readonly sessions: Sessions;
}

/** The users surface over the services. */
export function usersSurface({ registrations, password, signIn, sessions }: Deps) {
  const profileOf = rememberOutputs(profile);
  return implement<SessionPrincipal>()(users, {
    async register({ context, input, cause }) {
      const { email, password, first_name, last_name, phone_number } = input;
      const profile = { firstName: first_name, lastName: last_name, phoneNumber: phone_number };
      await registrations.register({ email, password, ...profile }, context, cause);
      return { message: "User registered successfully." };
    },

    async login({ context, input, cause }) {
      const attempt = { password: input.password, from: context };
      const { account, method, place } = await password.verify({ email: input.email }, attempt);
      const at = { from: context, lifetime: "accessMs", proven: place, cause } as const;
      const { session } = await signIn.admit(account, [method], at);
      return issuedToken(session);
    },

    me: async ({ principal }) => profileOf(principal.account),

    async logout({ principal, cause }) {
      await sessions.end(principal, cause);
      return { message: "You have been logged out." };
    },

    async refreshToken({ context, input, cause }) {
      return issuedToken(await sessions.refresh(context.bearer, input.idempotencyKey, cause));
    },

    async resetPassword({ context, input, cause }) {
      const attempt = { password: input.old_password, from: context };
      const before = await sessions.recognise(context.bearer);
      const account = await password.find(input.email, context);
      const keepSession = before?.account.id === account.id ? before.session.id : undefined;
      const assertMore = () => signIn.assertFactor(account, ["pwd"], context);
      const change = { newPassword: input.new_password, keepSession, assertMore };
      await password.change(account, attempt, change, cause);
      return { message: "Password has been reset successfully." };
    },
  });
}

function profile({ email, firstName, lastName, phoneNumber }: Account) {
  return { email, first_name: firstName, last_name: lastName, phone_number: phoneNumber };
}

function issuedToken({ token, expiresInMinutes }: Issued) {
  return { access_token: token, token_type: "bearer" as const, expires_in: expiresInMinutes };
}
