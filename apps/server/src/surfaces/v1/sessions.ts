import { sessions as contract } from "@latchkey/contracts/v1/sessions";
import type { OwnAccount } from "../../features/own-account/service.js";
import { describeSession, type Sessions } from "../../features/sessions/service.js";
import { implement } from "../../rpc/implement.js";
import type { SessionPrincipal } from "../principal.js";

interface Deps {
  readonly sessions: Sessions;
  readonly ownAccount: Pick<OwnAccount, "endOtherSessions">;
}

/** The sessions of the caller, over their service. */
export function sessionsSurface({ sessions, ownAccount }: Deps) {
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
    endOthers: async ({ principal, cause }) => ({
      ended: await ownAccount.endOtherSessions(principal, cause),
    }),
    endAll: async ({ principal, cause }) => ({ ended: await sessions.endAll(principal.account, cause) }),
  });
}
