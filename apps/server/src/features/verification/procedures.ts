import { verification as contract } from "@latchkey/contracts/verification";
import { implement } from "../../rpc/implement.js";
import type { Caller } from "../sessions/service.js";
import type { Verification } from "./service.js";

/** Verification over its service. */
export function verificationProcedures({ verification }: { readonly verification: Verification }) {
  return implement<Caller>()(contract, {
    request: ({ caller, context }) => verification.request(caller.account, context),
    async complete({ context, input, note }) {
      await verification.complete(input.secret, context, note.entryOf);
    },
  });
}
