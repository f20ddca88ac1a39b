/**
 * Does something once for all who ask for it in one turn of the event loop, after the last one has asked. Each may
 * add to what it is done for, as long as there is room.
 */
export function eachTurn<G, R>(
  begin: () => G,
  run: (gathered: G) => Promise<R>,
  hasRoom: (gathered: G) => boolean = () => true,
): (add: (gathered: G) => void) => Promise<R> {
  let open: { readonly gathered: G; readonly done: Promise<R> } | undefined;
  return (add) => {
    if (open === undefined || !hasRoom(open.gathered)) {
      const gathered = begin();
      const done = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        if (open?.gathered === gathered) open = undefined;
        return run(gathered);
      });
      open = { gathered, done };
    }
    add(open.gathered);
    return open.done;
  };
}
