/** A moment as it is written in the names of files: they sort by it. */
export function timeName(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, "");
}

/** Names that begin alike, for what is made at the same moment: the first one, and then numbered ones. */
export function* numberedNames(begin: string, end = ""): Iterable<string> {
  yield `${begin}${end}`;
  for (let number = 2; ; number++) yield `${begin}-${number}${end}`;
}
