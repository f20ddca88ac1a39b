import { quietly } from "./failure.js";
import type { Holder } from "./holder.js";
import { isSameToken } from "./kept.js";
import type { Refresh } from "./refresh.js";
import type { Requests } from "./requests.js";
import type { Seek } from "./seek.js";

/** A `fetch` as tRPC's links call it: they pass an explicit `undefined` as signal. */
export type AuthorizedFetch = (
  to: Parameters<typeof globalThis.fetch>[0],
  init?: Omit<RequestInit, "signal"> & { readonly signal?: AbortSignal | null | undefined },
) => Promise<Response>;

interface Deps {
  readonly holder: Holder;
  readonly refresh: Refresh;
  readonly requests: Requests;
  /** Looks for a session in a cookie; absent if a session is always in storage. */
  readonly seek: Seek | undefined;
  /** Resolves when the storage has been read for a session. */
  readonly started: Promise<void>;
}

/**
 * A `fetch` that uses the current session: if its token is refused, the token is exchanged and the request is
 * sent once more.
 */
export function authorizedFetch({ holder, refresh, requests, seek, started }: Deps): AuthorizedFetch {
  return async (to, { signal, ...rest } = {}) => {
    const url = String(to);
    const init: RequestInit = { ...rest, signal: signal ?? null };
    await started;
    // If this fails, it fails again where the token is used, and is reported there.
    await quietly(refresh.catchUp());
    const held = holder.held();
    const answer = await requests.send(url, init, held);
    if (!(await isTokenRefused(answer))) return answer;
    try {
      // A server that renders pages may have signed a user in.
      if (held === undefined) await seek?.();
      // Another call may have exchanged it in the meantime.
      else if (isSameToken(holder.held(), held)) await refresh.exchange();
    } catch (error) {
      // The session is intact, but the server could not be reached: report that failure, not the session's.
      if (holder.held() !== undefined) throw error;
    }
    const next = holder.held();
    // What one user has asked for is never done in the name of another.
    return next === undefined || (held !== undefined && held.user.id !== next.user.id)
      ? answer
      : requests.send(url, init, next);
  };
}

/** Whether a request was refused because of its token, rather than a wrong password. */
export async function isTokenRefused(answer: Response): Promise<boolean> {
  return answer.status === 401 && (await answer.clone().text()).includes('"TOKEN_');
}
