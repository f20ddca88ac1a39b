import { once } from "node:events";

/** The setting with which a server can be told to collect its garbage. */
export const collectable = (port: number) => ({ NODE_OPTIONS: `--inspect=127.0.0.1:${port}` });

/** What has a finalizer goes in one collection, and what it held in the next. */
const PASSES = 3;

/**
 * Has a server collect its garbage, so that what is left is held by something. V8 does it only when it needs
 * room, or has been idle for long.
 */
export async function collectGarbage(port: number): Promise<void> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as [
    { readonly webSocketDebuggerUrl: string }, // Safe: Node lists the process itself.
  ];
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, "open");
  for (let id = 1; id <= PASSES; id++) {
    socket.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
    await once(socket, "message");
  }
  socket.close();
  // A process does not end while a debugger is attached to it.
  await once(socket, "close");
}
