import { auth } from "@latchkey/contracts/surfaces/auth";
import type { Account } from "../../features/accounts/service.js";
import type { PasswordFactor } from "../../features/factors/password/service.js";
import type { Registrations } from "../../features/registration/service.js";
import type { SignIn } from "../../features/sign-in/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";
import { rememberOutputs } from "./outputs.js";

interface Deps {
  readonly registrations: Registrations;
  readonly password: PasswordFactor;
  readonly signIn: SignIn;
}

/** The auth surface over the services. */
export function authSurface({ registrations, password, signIn }: Deps) {
  const verified = rememberOutputs(authUser);
  return implement<SessionPrincipal>()(auth, {
    async register({ context, input, cause }) {
      const place = { from: context, lifetime: "authMs", cause } as const;
      const { account, issued } = await registrations.registerAndAdmit(input, place);
      return { user: authUser(account), token: issued.token };
    },
    async login({ context, input, cause }) {
      const attempt = { password: input.password, from: context };
      const { account, method, place } = await password.verify({ name: input.username }, attempt);
      const at = { from: context, lifetime: "authMs", proven: place, cause } as const;
      const { session } = await signIn.admit(account, [method], at);
      return { user: authUser(account), token: session.token };
    },
    verify: async ({ principal }) => verified(principal.account),
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
