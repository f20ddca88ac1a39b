/** The maximum number of items in one command, or slightly more. */
const MAX_GATHERED = 1000;

/**
 * Gathers the calls of one turn of the event loop into one command, so that they share its cost. The command
 * is sent after the last call, so that an answer is never older than the call that asked for it.
 */
export function gather<T, V>(
  run: (things: readonly T[]) => Promise<readonly V[]>,
): (things: readonly T[]) => Promise<readonly V[]> {
  let open: { readonly things: T[]; readonly answers: Promise<readonly V[]> } | undefined;

  const begin = () => {
    const things: T[] = [];
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (open?.things === things) open = undefined;
      return run(things);
    });
    return { things, answers };
  };

  return async (added) => {
    if (open === undefined || open.things.length >= MAX_GATHERED) open = begin();
    const { things, answers } = open;
    const from = things.length;
    things.push(...added);
    return (await answers).slice(from, from + added.length);
  };
}
