import { passwords } from "@latchkey/contracts/passwords";
import { implement } from "../../rpc/implement.js";
import { strengthOf } from "./service.js";

/** Advice about passwords. */
export function passwordProcedures() {
  return implement<never>()(passwords, {
    strength: async ({ context, input }) => strengthOf(input.password, context.language()),
  });
}
