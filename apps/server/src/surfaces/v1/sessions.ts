import { sessions as contract } from "@latchkey/contracts/v1/sessions";
import { describeSession, type Sessions } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

/** The sessions of the caller, over their service. */
export function sessionsSurface({ sessions }: { readonly sessions: Sessions }) {
  return implement<SessionPrincipal>()(contract, {
    async list({ principal: { account, session: current } }) {
      const listed = await sessions.listOf(account);
      return {
        sessions: listed.map((session) => {
          const { userAgent: _, ...shown } = describeSession(session);
          return { ...shown, current: session.id === current.id };
        }),
      };
    },
    end: ({ principal, input, cause }) => sessions.endOf(principal.account, input.id, cause),
    endOthers: async ({ principal: { account, session }, cause }) => ({
      ended: await sessions.endAll(account, cause, session),
    }),
    endAll: async ({ principal, cause }) => ({ ended: await sessions.endAll(principal.account, cause) }),
  });
}
