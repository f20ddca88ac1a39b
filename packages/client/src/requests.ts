import type { Rpc } from "./api.generated.js";
import type { Keeper, Sender } from "./keeper.js";
import { createRpc, type RpcOptions } from "./rpc.js";
import type { Secrets } from "./secrets.js";

/** Sends requests with a session or without one. Nothing is refreshed or repeated. */
export interface Requests {
  send(url: string, init: RequestInit, sender: Sender): Promise<Response>;
  /**
   * The procedures, called with exactly this session, or without one. `ticket` is that of a sign-in in
   * progress.
   */
  as(sender: Sender, init?: RequestInit & { readonly ticket?: string }): Rpc;
}

interface Deps extends Pick<RpcOptions, "url" | "fetch" | "headers" | "timeoutMs" | "clock"> {
  readonly keeper: Keeper;
  /** The random id of this device. It lets the server tell the owner from strangers guessing passwords. */
  readonly device: () => string | PromiseLike<string>;
  readonly secrets: Secrets;
}

export function createRequests({ url, keeper, fetch, device, secrets, ...options }: Deps): Requests {
  const send: Requests["send"] = async (to, init, sender) => {
    const { headers: own, ...rest } = keeper.request(sender);
    const all = new Headers(init.headers);
    all.set("Latchkey-Device", await device());
    const secret = `${sender === "entering" && (await secrets("trusted"))}`;
    // What is stored may be damaged, and not every text can be a header.
    if (/^[\w-]{43}$/.test(secret)) all.set("Latchkey-Trusted-Device", secret);
    for (const [name, value] of Object.entries(own)) all.set(name, value);
    return (fetch ?? globalThis.fetch)(to, { ...init, ...rest, headers: all });
  };
  return {
    send,
    as: (sender, { ticket: token, ...more } = {}) =>
      createRpc({ ...options, url, token, fetch: (to, init) => send(to, { ...init, ...more }, sender) }),
  };
}
