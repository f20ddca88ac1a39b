import { postcards as contract } from "@latchkey/contracts/v1/postcards";
import type { Postcard, Postcards } from "../../features/postcards/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** Postcards over their service. */
export function postcardsSurface({ postcards }: { readonly postcards: Postcards }) {
  return implement<SessionPrincipal>()(contract, {
    write: async ({ principal, input, cause }) =>
      describePostcard(await postcards.write(principal.account, input.text, cause)),
    async list({ principal }) {
      const listed = await postcards.listOf(principal.account);
      return { postcards: listed.map(describePostcard) };
    },
  });
}

function describePostcard({ id, text, writtenAtMs }: Postcard) {
  return { id, text, writtenAt: new Date(writtenAtMs).toISOString() };
}
