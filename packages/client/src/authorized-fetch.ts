import { quietly } from "./failure.js";
import type { Holder } from "./holder.js";
import { isSameToken } from "./kept.js";
import type { Refresh } from "./refresh.js";
import type { Requests } from "./requests.js";

/** A `fetch` as tRPC's links call it: they spell out an `undefined` signal. */
export type AuthorizedFetch = (
  to: Parameters<typeof globalThis.fetch>[0],
  init?: Omit<RequestInit, "signal"> & { readonly signal?: AbortSignal | null | undefined },
) => Promise<Response>;

interface Deps {
  readonly holder: Holder;
  readonly refresh: Refresh;
  readonly requests: Requests;
  /** Resolves when the storage has been asked for a session. */
  readonly started: Promise<void>;
}

/** A `fetch` in the name of the session in hand: where its token is refused, it is exchanged and the request sent once more. */
export function authorizedFetch({ holder, refresh, requests, started }: Deps): AuthorizedFetch {
  return async (to, { signal, ...rest } = {}) => {
    const url = String(to);
    const init: RequestInit = { ...rest, signal: signal ?? null };
    await started;
    // What fails here fails again, and is told, where the token is used.
    await quietly(refresh.catchUp());
    const held = holder.held();
    const answer = await requests.send(url, init, held);
    if (held === undefined || !(await isTokenRefused(answer))) return answer;
    try {
      // Somebody else may have exchanged it meanwhile.
      if (isSameToken(holder.held(), held)) await refresh.exchange();
    } catch (error) {
      // The session stands, but the server could not be asked: that is what has failed, not the session.
      if (holder.held() !== undefined) throw error;
    }
    const next = holder.held();
    return next === undefined ? answer : requests.send(url, init, next);
  };
}

/** Whether a request was refused for its token, and not for a wrong password. */
export async function isTokenRefused(answer: Response): Promise<boolean> {
  return answer.status === 401 && (await answer.clone().text()).includes('"TOKEN_');
}
