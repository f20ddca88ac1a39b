import { createConnection, type Socket } from "node:net";

/** What a raw socket received. */
export interface Heard {
  /** The number of answers and their statuses. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** How much was sent before the other side closed. */
  readonly sentBytes: number;
  readonly ms: number;
  readonly closed: boolean;
}

export interface Spoken {
  readonly head: string;
  /** Sent over and over until the other side closes or `totalBytes` are sent. */
  readonly chunk?: Buffer;
  readonly totalBytes?: number;
  /** Sent slowly: one piece of the text every `everyMs`. */
  readonly trickle?: { readonly text: string; readonly everyMs: number };
  readonly limitMs: number;
}

/** Sends bytes unchanged, and listens until the other side closes. */
export function speak(
  port: number,
  { head, chunk, totalBytes = 0, trickle, limitMs }: Spoken,
): Promise<Heard> {
  return new Promise((resolve) => {
    const startMs = performance.now();
    const socket = createConnection(port, "127.0.0.1");
    let text = "";
    let sentBytes = 0;
    let dripping: NodeJS.Timeout | undefined;
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      clearInterval(dripping);
      socket.destroy();
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      resolve({ statuses, text, sentBytes, ms: performance.now() - startMs, closed });
    };
    const timer = setTimeout(() => finish(false), limitMs);
    socket.on("data", (data: Buffer) => {
      text += data.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => finish(true));
    socket.on("connect", () => {
      socket.write(head, "latin1");
      if (chunk !== undefined) pour(socket, chunk, totalBytes, (bytes) => (sentBytes += bytes));
      let next = 0;
      if (trickle !== undefined)
        dripping = setInterval(() => {
          socket.write(trickle.text[next++ % trickle.text.length] ?? "");
        }, trickle.everyMs);
    });
  });
}

function pour(socket: Socket, chunk: Buffer, totalBytes: number, count: (bytes: number) => void): void {
  let left = totalBytes;
  const more = () => {
    while (left > 0 && socket.writable) {
      left -= chunk.length;
      count(chunk.length);
      if (!socket.write(chunk)) {
        socket.once("drain", more);
        return;
      }
    }
  };
  more();
}
