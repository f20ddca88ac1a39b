import type { ServerResponse } from "node:http";
import type { PendingAnswer } from "../../rpc/answer.js";
import { type Held, type RoomLimits, yielding } from "./answer-shares.js";
import type { Bound } from "./connection.js";

const MIB = 1024 * 1024;
/** In memory an answer takes up to five times its size: as objects, as text, as bytes. */
export const ROOM: RoomLimits = {
  small: 16 * 1024,
  perAccount: 4 * MIB,
  perNetwork: 8 * MIB,
  perSite: 12 * MIB,
  inAll: 24 * MIB,
};

/** Where an answer goes. */
export interface Destination {
  network(): string;
  site(): string;
}

/** The part of the room that one answer takes. */
export type AnswerRoom = (response: ServerResponse, to: Destination) => PendingAnswer;

/**
 * Bounds what is held for answers that have not left, while they are made: a batch of calls makes a large answer
 * of a short request, and each call is counted before the next one adds to it.
 */
export function createAnswerRoom(limits: RoomLimits, onCut: (bound: Bound) => void): AnswerRoom {
  // In the order in which they became large.
  const all = new Set<Held>();

  return (response, to) => {
    let made = 0;
    let held: Held | undefined;
    return {
      take(account, bytes, mustBeSent) {
        // Nearly every answer is small: for those nothing is made that large ones need.
        if (made + bytes > limits.small) {
          const { socket } = response.req;
          // No one is left to take it.
          if (response.destroyed || socket.destroyed) return true;
          const one = held ?? {
            holder: { account, network: to.network(), site: to.site() },
            socket,
            bytes: 0,
          };
          const more = made + bytes - one.bytes;
          if (!mustBeSent) {
            const yielded = yielding(all, one, more, limits);
            if (yielded === undefined) return false;
            for (const each of yielded) close(each);
          }
          if (held === undefined) hold(response, one);
          held = one;
          one.bytes += more;
        }
        made += bytes;
        return true;
      },
    };
  };

  function hold(response: ServerResponse, fresh: Held): void {
    const { socket } = fresh;
    const release = () => {
      response.off("close", release);
      socket.off("close", release);
      all.delete(fresh);
    };
    all.add(fresh);
    // Of a connection that is closed, Node closes only the response whose turn it is.
    response.once("close", release);
    socket.once("close", release);
  }

  function close(socket: Held["socket"]): void {
    // Its `close` is emitted later; the room is free at once.
    for (const held of all) if (held.socket === socket) all.delete(held);
    socket.destroy();
    onCut("memory");
  }
}
