import { passwords } from "@latchkey/contracts/v1/passwords";
import { strengthOf } from "../../features/credentials/service.js";
import { implement } from "../../rpc/implement.js";

/** Advice about passwords. */
export function passwordsSurface({ minLength }: { readonly minLength: number }) {
  return implement<never>()(passwords, {
    strength: async ({ context, input }) => strengthOf(input.password, context.language(), minLength),
  });
}
