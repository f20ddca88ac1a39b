import { type Accounts, permissionsOf } from "../features/accounts/service.js";
import type { LiveSession, Sessions } from "../features/sessions/service.js";
import type { Context } from "../rpc/context.js";
import type { Guard, Principal, Purpose } from "../rpc/principal.js";

/** The principal of a session: its account, and what the account may do. */
export interface SessionPrincipal extends Principal, LiveSession {
  readonly kind: "session";
}

/**
 * The request itself keeps what was found for it. A WeakMap with a key for every request is large, and is searched
 * by every collection of young objects.
 */
const FOUND = Symbol("the principal that was found");

interface Asking extends Pick<Context, "bearer"> {
  [FOUND]?: { readonly purpose: Purpose | undefined; readonly principal: Promise<SessionPrincipal> };
}

/** Recognises the caller. Keys and clients will be further kinds of principals, recognised here. */
export function createGuard({
  authenticate,
  isRecent,
  requiring,
}: Pick<Sessions, "authenticate" | "isRecent"> & Pick<Accounts, "requiring">): Guard<SessionPrincipal> {
  const find = async (
    bearer: string | undefined,
    purpose: Purpose | undefined,
  ): Promise<SessionPrincipal> => {
    const { account, session } = await authenticate(bearer, purpose);
    return { kind: "session", uuid: account.uuid, permissions: permissionsOf(account), account, session };
  };
  return {
    authenticate(request: Asking, purpose) {
      const known = request[FOUND];
      if (known !== undefined && known.purpose === purpose) return known.principal;
      const principal = find(request.bearer, purpose);
      request[FOUND] = { principal, purpose };
      return principal;
    },
    isRecent: ({ session }) => isRecent(session),
    requiring: ({ account }) => requiring(account),
  };
}
