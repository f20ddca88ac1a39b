import { ask, type Fetch, ServerAway } from "./ask.js";
import type { Caller } from "./caller.js";

/** Asks the server whether a verified token is still valid. */
export type AskServer = (token: string, caller: Caller) => Promise<Caller | "invalid">;

export function createAskServer(url: string, fetch: Fetch): AskServer {
  return async (token, caller) => {
    const { status, body } = await ask(fetch, `${url}/api/auth/verify`, { Authorization: `Bearer ${token}` });
    if (status === 401) return "invalid";
    const account = status === 200 ? accountIn(body) : undefined;
    // Any other 200 is a proxy's page or another server: no reason to let the caller in.
    if (account?.id !== caller.id || typeof account.username !== "string")
      throw new ServerAway(`The Latchkey server answered ${status} at ${url}`);
    return { ...caller, username: account.username };
  };
}

function accountIn(body: string): { readonly id?: unknown; readonly username?: unknown } | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    // Safe: the values under the keys are unknown, and anything but null has keys.
    return (answer as { readonly data?: { readonly id?: unknown } | null } | null)?.data ?? undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
