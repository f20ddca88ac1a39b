import type { ServerResponse } from "node:http";
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
  let ends: Array<() => void> = [];
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
    for (const end of ending) end();
    // After the ends, so that the pieces of a complete answer are sent as one.
    for (const socket of opening) socket.uncork();
  };

  // Methods of the response itself, because Express replaces its prototype.
  return (response) => {
    const { write, end } = response;
    response.write = ((...given: Parameters<typeof write>) => {
      const { socket } = response;
      // Without a socket it is still another answer's turn on this connection, and Node keeps what is written.
      if (socket !== null && socket.writableCorked === 0) {
        socket.cork();
        corked.push(socket);
        atTurnsEnd();
      }
      return write.apply(response, given);
    }) as typeof write;
    response.end = ((...given: Parameters<typeof end>) => {
      // Code that asks `headersSent` must get the right answer, so a head that is made by the end is not held back.
      if (!response.headersSent) return end.apply(response, given);
      ends.push(() => end.apply(response, given));
      atTurnsEnd();
      return response;
    }) as typeof end;
  };
}
