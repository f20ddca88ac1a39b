import { emailCode as contract } from "@latchkey/contracts/v1/email-code";
import type { EmailFactor, EmailSignIn } from "../../features/factors/email-code/service.js";
import type { SignIn } from "../../features/sign-in/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";
import { signedIn } from "./sign-in.js";

interface Deps {
  readonly emailSignIn: EmailSignIn;
  readonly emailFactor: EmailFactor;
  readonly signIn: SignIn;
}

/** Codes by mail, over the services. */
export function emailCodeSurface({ emailSignIn, emailFactor, signIn }: Deps) {
  return implement<SessionPrincipal>()(contract, {
    request: ({ context, input }) => emailSignIn.request(input.email, context),

    async complete({ context, input, cause }) {
      const { account, method, place } = await emailSignIn.complete(input, context, cause);
      const at = { from: context, lifetime: "accessMs", proven: place, cause } as const;
      return signedIn(await signIn.admit(account, [method], at));
    },

    async send({ context, input }) {
      const { account, methods } = await signIn.stepOf(input.ticket, context);
      return emailFactor.send(account, methods, context);
    },

    sendToConfirm: ({ principal, context }) => emailFactor.send(principal.account, [], context),
  });
}
