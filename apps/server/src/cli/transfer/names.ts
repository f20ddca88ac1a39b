/**
 * Describes names that may be a row's values: only their number, and those that are certainly column names.
 */
export function describeColumns(found: readonly string[], known: readonly string[]): string {
  if (found.length === 0) return "It has none.";
  const count = `${found.length} ${found.length === 1 ? "column" : "columns"}`;
  if (known.length === 0) return `Its first row has ${count}, and none of them has a known name.`;
  return `It has ${count}, of which only these have known names: ${known.join(", ")}.`;
}

/** A name of letters, digits and a few separators: anything else may be a row's value. */
const NAME = /^[\p{L}_][\p{L}\p{N}_ .-]{0,63}$/u;

/** Names of columns as they may be shown: an object of JSON can have anything as its keys. */
export function shownNames(names: readonly string[]): readonly string[] {
  const shown = names.filter((name) => NAME.test(name));
  const others = names.length - shown.length;
  return others === 0 ? shown : [...shown, others === 1 ? "1 other column" : `${others} other columns`];
}
