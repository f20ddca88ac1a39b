import { signIn as contract } from "@latchkey/contracts/v1/sign-in";
import type { PasswordFactor } from "../../features/factors/password/service.js";
import type { Admitted, SignIn } from "../../features/sign-in/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";
import { shownAccount } from "../shown-account.js";

interface Deps {
  readonly password: PasswordFactor;
  readonly signIn: SignIn;
}

/** Signing in step by step, over the services. */
export function signInSurface({ password, signIn }: Deps) {
  return implement<SessionPrincipal>()(contract, {
    async password({ context, input, cause }) {
      const attempt = { password: input.password, from: context };
      const { account, method, place } = await password.verify({ name: input.username }, attempt);
      const at = { from: context, lifetime: "accessMs", proven: place, cause } as const;
      return signedIn(await signIn.admit(account, [method], at));
    },
    factor: async ({ context, input, cause }) =>
      signedIn(await signIn.giveFactor(input, { from: context, cause })),
    finish: async ({ context, input, cause }) =>
      signedIn(await signIn.finish(input.ticket, { from: context, cause })),
  });
}

/** What every way of signing in returns. */
export function signedIn({ account, session, trustedDevice }: Admitted) {
  return { account: shownAccount(account), token: session.token, trustedDevice };
}
