import { verification as contract } from "@latchkey/contracts/v1/verification";
import type { Verification } from "../../features/verification/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** Verification over its service. */
export function verificationSurface({ verification }: { readonly verification: Verification }) {
  return implement<SessionPrincipal>()(contract, {
    request: ({ principal, context }) => verification.request(principal.account, context),
    async complete({ context, input, cause }) {
      await verification.complete(input, context, cause);
    },
  });
}
