const steady = new WeakSet<object>();

/**
 * Says that an output never changes, however many answers it is sent in: it is rendered once for all of them.
 */
export function steadyOutput<T extends object>(output: T): Readonly<T> {
  steady.add(Object.freeze(output));
  return output;
}

export function isSteady(output: unknown): output is object {
  return typeof output === "object" && output !== null && steady.has(output);
}
