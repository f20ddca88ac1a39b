import type { Socket } from "node:net";

/** How much the answers to signed-in callers may hold until they have left, in bytes of JSON. */
export interface RoomLimits {
  /** An answer of this size is not counted: it takes no more than the connection that it is sent on. */
  readonly small: number;
  readonly perAccount: number;
  /** More than for an account, so that one account cannot take the room of all its neighbours. */
  readonly perNetwork: number;
  readonly perSite: number;
  readonly inAll: number;
}

/** For whom an answer is made, and where it goes. */
export interface Holder {
  readonly account: string;
  readonly network: string;
  readonly site: string;
}

/** An answer that has not left. */
export interface Held {
  readonly holder: Holder;
  readonly socket: Socket;
  bytes: number;
}

/** A bounded part of the room, and who has to share it. */
interface Share {
  readonly limit: number;
  has(holder: Holder): boolean;
  partOf(holder: Holder): string;
}

/** The shares that an answer for this holder counts for. */
function sharesOf(one: Holder, limits: RoomLimits): readonly Share[] {
  const { account, network, site } = one;
  return [
    // Someone with a stolen token is elsewhere.
    { limit: limits.perAccount, has: (other) => other.account === account, partOf: (other) => other.site },
    { limit: limits.perNetwork, has: (other) => other.network === network, partOf: (other) => other.account },
    { limit: limits.perSite, has: (other) => other.site === site, partOf: (other) => other.network },
    { limit: limits.inAll, has: () => true, partOf: (other) => other.site },
  ];
}

/**
 * The connections that have to be closed so that there is room for so many bytes more; `undefined` if there is
 * none for them. Of a share that is full, those yield who hold more of it than this holder would; all yield to
 * the first answer of a holder who holds nothing of it, those who hold the most first.
 */
export function yielding(
  all: Iterable<Held>,
  { holder, socket }: Pick<Held, "holder" | "socket">,
  more: number,
  limits: RoomLimits,
): ReadonlySet<Socket> | undefined {
  const closed = new Set<Socket>();
  for (const { limit, has, partOf } of sharesOf(holder, limits)) {
    for (;;) {
      const own = partOf(holder);
      const parts = new Map<string, { bytes: number; oldest: Socket | undefined }>();
      let inShare = more;
      for (const held of all) {
        if (closed.has(held.socket) || !has(held.holder)) continue;
        inShare += held.bytes;
        const name = partOf(held.holder);
        const part = parts.get(name) ?? { bytes: 0, oldest: undefined };
        part.bytes += held.bytes;
        if (held.socket !== socket) part.oldest ??= held.socket;
        parts.set(name, part);
      }
      if (inShare <= limit) break;
      const held = parts.get(own)?.bytes ?? 0;
      parts.delete(own);
      const [most] = [...parts.values()].sort((one, other) => other.bytes - one.bytes);
      if (most?.oldest === undefined || (held > 0 && most.bytes <= held + more)) return undefined;
      closed.add(most.oldest);
    }
  }
  return closed;
}
