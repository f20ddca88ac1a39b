import { recovery as contract } from "@latchkey/contracts/v1/recovery";
import type { Recovery } from "../../features/recovery/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** Recovery over its service. */
export function recoverySurface({ recovery }: { readonly recovery: Recovery }) {
  return implement<SessionPrincipal>()(contract, {
    request: ({ context, input }) => recovery.request(input.email, context, context.language()),
    async complete({ context, input, cause }) {
      await recovery.complete(input.secret, input.newPassword, context, cause);
    },
  });
}
