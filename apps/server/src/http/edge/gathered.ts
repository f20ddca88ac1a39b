import { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Makes responses leave together: what is to be sent in one turn of the event loop is written at its end. A
 * client is then woken once and finds all its answers, instead of once for each, and does not take the
 * processor from the server in between.
 *
 * No answer waits for another request: the turn ends once everything that one look at the sockets found has
 * been handled.
 */
export function createGathering(): (response: ServerResponse) => void {
  let ends: Held[] = [];
  let corked: Socket[] = [];
  let scheduled = false;

  const atTurnsEnd = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(leave);
  };

  const leave = () => {
    const [ending, opening] = [ends, corked];
    ends = [];
    corked = [];
    scheduled = false;
    for (const { response, given } of ending) sending.end.apply(response, given);
    // After the ends, so that the pieces of a complete answer are sent as one.
    for (const socket of opening) socket.uncork();
  };

  // The same two functions for all responses: a pair of closures for each would cost a tenth of an answer.
  function write(this: ServerResponse, ...given: Parameters<ServerResponse["write"]>): boolean {
    const { socket } = this;
    // Without a socket it is still another answer's turn on this connection, and Node keeps what is written.
    if (socket !== null && socket.writableCorked === 0) {
      socket.cork();
      corked.push(socket);
      atTurnsEnd();
    }
    return sending.write.apply(this, given);
  }
  function end(this: ServerResponse, ...given: Parameters<ServerResponse["end"]>): ServerResponse {
    // Code that asks `headersSent` must get the right answer, so a head that is made by the end is not held
    // back.
    if (!this.headersSent) return sending.end.apply(this, given);
    ends.push({ response: this, given });
    atTurnsEnd();
    return this;
  }

  // Methods of the response itself, because Express replaces its prototype.
  return (response) => {
    response.write = write as ServerResponse["write"];
    response.end = end as ServerResponse["end"];
  };
}

/** Node's own methods, which neither Express nor anything else here replaces. */
const sending = ServerResponse.prototype;

interface Held {
  readonly response: ServerResponse;
  readonly given: Parameters<ServerResponse["end"]>;
}
