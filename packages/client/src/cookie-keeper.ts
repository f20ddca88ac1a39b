import { minutesIn, userIn } from "./answers.js";
import type { AuthUser, Rpc } from "./api.generated.js";
import { isRefusal, isTokenMissing } from "./failure.js";
import type { Keeper } from "./keeper.js";
import { randomId } from "./random.js";
import { ClientError } from "./result.js";

const MINUTE_MS = 60_000;

/** Told to developers whose server sent the token itself instead of a cookie. */
export const COOKIES_OFF = "The account exists, but COOKIE_SESSIONS=off. Set it to on, then sign in.";

/**
 * Leaves the token to a cookie that no script can read. Storage only records that there is a session, and
 * whose it is.
 */
export const cookieKeeper: Keeper = {
  isShared: true,
  keep(token) {
    if (token !== "") throw new ClientError("COOKIE_SESSIONS_OFF", COOKIES_OFF);
    return {};
  },
  request(sender) {
    // After signing out here there is no user, even if the browser still has the cookie.
    if (sender === undefined) return { headers: {}, credentials: "omit" };
    // The cookie may have changed without this page knowing: the server refuses it if it is another user's.
    const wish = sender === "entering" ? "cookie" : `cookie; user=${sender.user.id}`;
    return { headers: { "Latchkey-Session": wish }, credentials: "include" };
  },
  async exchange(as, kept) {
    try {
      const next = await as(kept).users.refreshToken.mutate({ idempotencyKey: kept.key });
      return { lifetimeMs: minutesIn(next?.expires_in) * MINUTE_MS };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A page with a different storage may have exchanged it, or have signed another user in: then the
      // browser has the successor, or another session.
      const user = await userOf(as("entering"));
      if (user === undefined) throw error;
      return { user };
    }
  },
};

/**
 * Asks whose session the browser's cookie holds when storage does not know, because the session began on
 * another page or on a server that renders pages. `undefined` if there is none; rejects if the server could
 * not be reached.
 */
export async function findUser(procedures: Rpc): Promise<AuthUser | undefined> {
  try {
    return userIn(await procedures.auth.verify.query());
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Without a cookie there is nothing to exchange.
    if (isTokenMissing(error)) return undefined;
  }
  try {
    await procedures.users.refreshToken.mutate({ idempotencyKey: randomId() });
  } catch (error) {
    // Another tab may have been first: its successor is in the browser.
    if (!isRefusal(error)) throw error;
  }
  return userOf(procedures);
}

async function userOf(procedures: Rpc): Promise<AuthUser | undefined> {
  try {
    return userIn(await procedures.auth.verify.query());
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
