/** What can be said of a text of JSON without parsing it; positions are those of the first such place. */
export interface JsonShape {
  /** How deeply arrays and objects are nested, as far as `mostDepth`. */
  readonly depth: number;
  /** A key that its object has already. */
  readonly repeatedKeyAt: number | undefined;
  /** Whether the first array or object is complete. */
  readonly hasEnded: boolean;
  /** What follows the first array or object. */
  readonly secondValueAt: number | undefined;
}

const BLANK = /\s/;

/** Looks at a text that may not be valid JSON, as far as it is nested less deeply than `mostDepth`. */
export function shapeOf(text: string, mostDepth: number): JsonShape {
  const keys: Set<string>[] = [];
  let deepest = 0;
  let repeatedKeyAt: number | undefined;
  let secondValueAt: number | undefined;
  let hasEnded = false;
  for (let at = 0; at < text.length && deepest < mostDepth; at++) {
    const character = text[at] ?? "";
    if (BLANK.test(character)) continue;
    if (hasEnded) {
      secondValueAt = at;
      break;
    }
    if (character === '"') {
      const end = endOfString(text, at);
      const own = keys.at(-1);
      if (own !== undefined && isKey(text, end)) {
        const key = decoded(text.slice(at, end + 1));
        if (own.has(key)) repeatedKeyAt ??= at;
        own.add(key);
      }
      at = end;
    } else if (character === "{" || character === "[") {
      deepest = Math.max(deepest, keys.push(new Set()));
    } else if (character === "}" || character === "]") {
      keys.pop();
      hasEnded = keys.length === 0;
    }
  }
  return { depth: deepest, repeatedKeyAt, hasEnded, secondValueAt };
}

/** Where a string ends that begins here. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (BLANK.test(text[at] ?? "")) at++;
  return text[at] === ":";
}

/** Two spellings of a key are one key. */
function decoded(key: string): string {
  if (!key.includes("\\")) return key;
  try {
    return JSON.stringify(JSON.parse(key));
  } catch {
    // The whole text is not valid either, which its parser says.
    return key;
  }
}
