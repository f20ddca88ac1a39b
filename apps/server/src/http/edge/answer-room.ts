import type { ServerResponse } from "node:http";
import type { PendingAnswer } from "../../rpc/answer.js";

/** How much the answers to signed-in callers may hold until they have left, in bytes of JSON. */
export interface RoomLimits {
  /** An answer of this size is not counted: it takes no more than the connection that it is sent on. */
  readonly small: number;
  /** For one account, and for one network. */
  readonly perHolder: number;
  readonly inAll: number;
}

const MIB = 1024 * 1024;
/** In memory an answer takes up to five times its size: as objects, as text, as bytes. */
export const ROOM: RoomLimits = { small: 16 * 1024, perHolder: 4 * MIB, inAll: 24 * MIB };

/** The part of the room that one answer takes; `network` is where it goes. */
export type AnswerRoom = (response: ServerResponse, network: () => string) => PendingAnswer;

/**
 * Bounds what is held for answers that have not left, while they are made: a batch of calls makes a large answer
 * of a short request, and each call is counted before the next one adds to it.
 */
export function createAnswerRoom({ small, perHolder, inAll }: RoomLimits): AnswerRoom {
  let heldInAll = 0;
  const held = new Map<string, number>();
  const heldBy = (holder: string) => held.get(holder) ?? 0;
  const add = (holders: readonly string[], bytes: number) => {
    heldInAll += bytes;
    for (const holder of holders) {
      const now = heldBy(holder) + bytes;
      if (now === 0) held.delete(holder);
      else held.set(holder, now);
    }
  };

  return (response, network) => {
    const { socket } = response.req;
    let made = 0;
    let counted = 0;
    let holders: readonly string[] = [];
    const release = () => {
      response.off("close", release);
      socket.off("close", release);
      add(holders, -counted);
      counted = 0;
    };
    return {
      hasRoom: (account) => heldBy(account) < perHolder,
      take(account, bytes, mustBeSent) {
        // No one is left to take it.
        if (response.destroyed || socket.destroyed) return true;
        if (made + bytes > small) {
          const more = made + bytes - counted;
          if (counted === 0) holders = [account, network()];
          const fits = holders.every((holder) => heldBy(holder) + more <= perHolder);
          if (!mustBeSent && !(fits && heldInAll + more <= inAll)) return false;
          // Of a connection that is closed, Node closes only the response whose turn it is.
          if (counted === 0) {
            response.once("close", release);
            socket.once("close", release);
          }
          add(holders, more);
          counted += more;
        }
        made += bytes;
        return true;
      },
    };
  };
}
