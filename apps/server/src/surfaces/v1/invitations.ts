import { invitations as contract } from "@latchkey/contracts/v1/invitations";
import type { Invitations } from "../../features/invitations/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** Accepting invitations over their service. */
export function invitationsSurface({ invitations }: { readonly invitations: Invitations }) {
  return implement<SessionPrincipal>()(contract, {
    async accept({ context, input, cause }) {
      await invitations.accept(input, context, cause);
    },
  });
}
