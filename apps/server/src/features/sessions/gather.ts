/** How many things one command holds at most, or little more. */
const MAX_GATHERED = 1000;

/**
 * Gathers what is asked or told in one turn of the event loop into one command, so that all share what it costs. It
 * goes out after the last thing has come: an answer is never older than who asks.
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
