/** How many keys one question holds at most, or little more. */
const MAX_KEYS = 1000;

/**
 * Gathers the keys that are asked for in one turn of the event loop into one question, so that all who ask share what
 * it costs. A question is put after the last of its keys has come: its answer is never older than who asks.
 */
export function gather<V>(
  ask: (keys: readonly string[]) => Promise<readonly V[]>,
): (keys: readonly string[]) => Promise<readonly V[]> {
  let open: { readonly keys: string[]; readonly answers: Promise<readonly V[]> } | undefined;

  const begin = () => {
    const keys: string[] = [];
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (open?.keys === keys) open = undefined;
      return ask(keys);
    });
    return { keys, answers };
  };

  return async (wanted) => {
    if (open === undefined || open.keys.length >= MAX_KEYS) open = begin();
    const { keys, answers } = open;
    const from = keys.length;
    keys.push(...wanted);
    return (await answers).slice(from, from + wanted.length);
  };
}
