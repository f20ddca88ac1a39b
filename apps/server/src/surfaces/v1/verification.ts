import { verification as contract } from "@latchkey/contracts/v1/verification";
import type { Caller } from "../../features/sessions/service.js";
import type { Verification } from "../../features/verification/service.js";
import { implement } from "../../rpc/implement.js";

/** Verification over its service. */
export function verificationProcedures({ verification }: { readonly verification: Verification }) {
  return implement<Caller>()(contract, {
    request: ({ caller, context }) => verification.request(caller.account, context),
    async complete({ context, input, note }) {
      await verification.complete(input.secret, context, note.entryOf);
    },
  });
}
