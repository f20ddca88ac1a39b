import { permissionsOf } from "../features/accounts/service.js";
import type { LiveSession, Sessions } from "../features/sessions/service.js";
import type { Guard, Principal } from "../rpc/principal.js";

/** The principal of a session: its account, and what the account may do. */
export interface SessionPrincipal extends Principal, LiveSession {
  readonly kind: "session";
}

/** Recognises the caller. Keys and clients will be further kinds of principals, recognised here. */
export function createGuard({
  authenticate,
  isRecent,
}: Pick<Sessions, "authenticate" | "isRecent">): Guard<SessionPrincipal> {
  return {
    async authenticate(...presented) {
      const { account, session } = await authenticate(...presented);
      return { kind: "session", uuid: account.uuid, permissions: permissionsOf(account), account, session };
    },
    isRecent: ({ session }) => isRecent(session),
  };
}
