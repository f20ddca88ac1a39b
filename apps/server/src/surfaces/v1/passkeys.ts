import { passkeys as contract } from "@latchkey/contracts/v1/passkeys";
import type { Passkey, Passkeys } from "../../features/factors/passkeys/service.js";
import type { SignIn } from "../../features/sign-in/service.js";
import { implement } from "../../rpc/implement.js";
import type { EnrollingPrincipal, SessionPrincipal } from "../principal.js";
import { signedIn } from "./sign-in.js";

interface Deps {
  readonly passkeys: Passkeys;
  readonly signIn: Pick<SignIn, "admit" | "stepOf">;
}

/** Passkeys, over their service. */
export function passkeysSurface({ passkeys, signIn }: Deps) {
  return implement<SessionPrincipal, EnrollingPrincipal>()(contract, {
    signInOptions: async ({ context }) => ({ options: await passkeys.signInOptions(context) }),

    async signIn({ context, input, cause }) {
      const { account, method, place } = await passkeys.verify(input.credential, context);
      const at = { from: context, lifetime: "accessMs", proven: place, cause } as const;
      return signedIn(await signIn.admit(account, [method], at));
    },

    async factorOptions({ context, input }) {
      const { account } = await signIn.stepOf(input.ticket, context);
      return { options: await passkeys.factorOptions(account, context) };
    },

    confirmOptions: async ({ context, principal }) => ({
      options: await passkeys.factorOptions(principal.account, context),
    }),

    registrationOptions: async ({ context, principal }) => ({
      options: await passkeys.registrationOptions(principal.account, context),
    }),

    register: async ({ principal, input, cause }) => shown(await passkeys.register(principal, input, cause)),

    async list({ principal }) {
      const { passkeys: all, ...rest } = await passkeys.describe(principal.account);
      return { ...rest, passkeys: all.map(shown) };
    },
  });
}

function shown({ id, name, isUserVerified, backedUp, createdAtMs, lastUsedAtMs }: Passkey) {
  const lastUsedAt = lastUsedAtMs === null ? null : isoTime(lastUsedAtMs);
  return { id, name, signsIn: isUserVerified, backedUp, createdAt: isoTime(createdAtMs), lastUsedAt };
}

const isoTime = (ms: number) => new Date(ms).toISOString();
