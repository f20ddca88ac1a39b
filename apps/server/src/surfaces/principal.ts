import type { ChangeOf } from "../database/change.js";
import { type Account, type Accounts, permissionsOf } from "../features/accounts/service.js";
import type { Method } from "../features/factors/service.js";
import type { LiveSession, Session, Sessions } from "../features/sessions/service.js";
import type { SignIn } from "../features/sign-in/service.js";
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

/** Who may add a second factor: the user of a session, or of a sign-in that cannot go on without one. */
export interface EnrollingPrincipal extends Principal {
  readonly account: Account;
  /** Absent while signing in. */
  readonly session?: Session | undefined;
  /**
   * Committed with the factor that is added: its methods count as given. A sign-in can then be finished with
   * `signIn.finish`. Refuses the change (`ChangeRefused`) if the sign-in is over.
   */
  enrolled(methods: readonly Method[]): ChangeOf<Account>;
}

/** A sign-in that goes on may do nothing else. */
const NOTHING: ReadonlySet<never> = new Set();

/** Recognises the caller. Keys and clients will be further kinds of principals, recognised here. */
export function createGuard({
  authenticate,
  isRecent,
  factorGiven,
  requiring,
  enrolling,
  provableBy,
}: Pick<Sessions, "authenticate" | "isRecent" | "factorGiven"> &
  Pick<Accounts, "requiring"> &
  Pick<SignIn, "enrolling" | "provableBy">): Guard<SessionPrincipal> {
  const find = async (
    bearer: string | undefined,
    purpose: Purpose | undefined,
  ): Promise<SessionPrincipal> => {
    const { account, session } = await authenticate(bearer, purpose);
    return { kind: "session", uuid: account.uuid, permissions: permissionsOf(account), account, session };
  };
  const authenticateOnce = (request: Asking, purpose?: Purpose): Promise<SessionPrincipal> => {
    const known = request[FOUND];
    if (known !== undefined && known.purpose === purpose) return known.principal;
    const principal = find(request.bearer, purpose);
    request[FOUND] = { principal, purpose };
    return principal;
  };
  return {
    authenticate: authenticateOnce,
    async enrolling(request): Promise<EnrollingPrincipal> {
      const { bearer } = request;
      // A ticket has no dots, and a token has two.
      const signingIn = bearer?.includes(".") === false ? await enrolling(bearer, request) : undefined;
      if (signingIn !== undefined) {
        const { account, enrolled } = signingIn;
        return { kind: "sign-in", uuid: account.uuid, permissions: NOTHING, account, enrolled };
      }
      const principal = await authenticateOnce(request);
      return { ...principal, enrolled: (methods) => () => factorGiven(principal.session, methods) };
    },
    isRecent: (principal) =>
      // Safe: `find` makes all others.
      principal.kind === "sign-in" || isRecent(principal as SessionPrincipal),
    // Safe for the same reason: a sign-in is recent.
    provableBy: (principal) => provableBy((principal as SessionPrincipal).account),
    requiring: ({ account }) => requiring(account),
  };
}
