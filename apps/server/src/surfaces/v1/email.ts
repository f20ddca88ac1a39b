import { email as contract } from "@latchkey/contracts/v1/email";
import type { EmailChange } from "../../features/email-change/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** Changing the address over its service. */
export function emailSurface({ emailChange }: { readonly emailChange: EmailChange }) {
  return implement<SessionPrincipal>()(contract, {
    change: ({ principal, context, input }) => emailChange.change(principal, input.newEmail, context),
    async complete({ context, input, cause }) {
      await emailChange.complete(input.secret, context, cause);
    },
  });
}
