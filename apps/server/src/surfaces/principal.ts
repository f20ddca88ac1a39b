import { type Accounts, permissionsOf } from "../features/accounts/service.js";
import type { LiveSession, Sessions } from "../features/sessions/service.js";
import type { Guard, Principal, Purpose } from "../rpc/principal.js";

/** The principal of a session: its account, and what the account may do. */
export interface SessionPrincipal extends Principal, LiveSession {
  readonly kind: "session";
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
  const found = new WeakMap<
    object,
    { readonly purpose?: Purpose; readonly principal: Promise<SessionPrincipal> }
  >();
  return {
    authenticate(request, purpose) {
      const known = found.get(request);
      if (known !== undefined && known.purpose === purpose) return known.principal;
      const principal = find(request.bearer, purpose);
      found.set(request, { principal, ...(purpose !== undefined && { purpose }) });
      return principal;
    },
    isRecent: ({ session }) => isRecent(session),
    requiring: ({ account }) => requiring(account),
  };
}
