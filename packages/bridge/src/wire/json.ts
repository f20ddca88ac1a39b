/** Where and why a text is not JSON, in the words of Python's decoder; positions count code points. */
export interface JsonFault {
  readonly msg: string;
  readonly pos: number;
  readonly lineno: number;
  readonly colno: number;
}

/** The result of reading a text as JSON. */
export type JsonResult =
  | { readonly value: unknown }
  | { readonly fault: JsonFault }
  | { readonly tooDeep: true };

/** Python gives up at its recursion limit of 1,000 frames, some of which the framework has already used. */
const MAX_DEPTH = 900;

/**
 * Reads JSON like Python's `json.loads`: it accepts `NaN` and `Infinity`, and its errors are worded like
 * Python's.
 */
export function parseJson(text: string): JsonResult {
  // Read slowly if it may be too deep: a fault before that depth is found first.
  if (text.length > 2 * MAX_DEPTH && nesting(text) > MAX_DEPTH) return new Scanner(text).read();
  try {
    return { value: JSON.parse(text) };
  } catch {
    // Read again, slowly: V8's message quotes the text, which may contain a password.
    return new Scanner(text).read();
  }
}

/** How deep brackets nest outside strings, in a text that may not be JSON. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return deepest;
}

class TooDeep extends Error {}

class Fault extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const LITERALS: ReadonlyArray<readonly [string, unknown]> = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\n\r]*/y;

/** Follows CPython's `Modules/_json.c` step by step, so that it finds faults in the same places. */
class Scanner {
  private at = 0;
  private depth = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(): JsonResult {
    try {
      this.skipBlanks();
      const value = this.value();
      this.skipBlanks();
      if (this.at !== this.text.length) throw new Fault("Extra data", this.at);
      return { value };
    } catch (error) {
      if (error instanceof Fault) return { fault: this.place(error) };
      if (error instanceof TooDeep) return { tooDeep: true };
      throw error;
    }
  }

  private place({ message, at }: Fault): JsonFault {
    const before = this.text.slice(0, at);
    const lines = before.split("\n");
    return {
      msg: message,
      pos: codePoints(before),
      lineno: lines.length,
      colno: codePoints(lines.at(-1) ?? "") + 1,
    };
  }

  private value(): unknown {
    const c = this.text[this.at];
    if (c === '"') return this.string();
    if (c === "{" || c === "[") return this.nested(c);
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.at;
    const number = NUMBER.exec(this.text)?.[0];
    if (number === undefined) throw new Fault("Expecting value", this.at);
    this.at += number.length;
    return Number(number);
  }

  private nested(bracket: "{" | "["): unknown {
    if (++this.depth > MAX_DEPTH) throw new TooDeep();
    const value = bracket === "{" ? this.object() : this.array();
    this.depth--;
    return value;
  }

  private object(): Record<string, unknown> {
    const members: Array<[string, unknown]> = [];
    this.at++;
    this.skipBlanks();
    if (this.take("}")) return {};
    do {
      this.skipBlanks();
      if (this.text[this.at] !== '"') {
        throw new Fault("Expecting property name enclosed in double quotes", this.at);
      }
      const key = this.string();
      this.skipBlanks();
      if (!this.take(":")) throw new Fault("Expecting ':' delimiter", this.at);
      this.skipBlanks();
      members.push([key, this.value()]);
      this.skipBlanks();
      if (this.take("}")) return Object.fromEntries(members);
    } while (this.take(","));
    throw new Fault("Expecting ',' delimiter", this.at);
  }

  private array(): unknown[] {
    const items: unknown[] = [];
    this.at++;
    this.skipBlanks();
    if (this.take("]")) return items;
    do {
      this.skipBlanks();
      items.push(this.value());
      this.skipBlanks();
      if (this.take("]")) return items;
    } while (this.take(","));
    throw new Fault("Expecting ',' delimiter", this.at);
  }

  private string(): string {
    const begin = this.at++;
    let value = "";
    for (;;) {
      const c = this.text[this.at];
      if (c === undefined) throw new Fault("Unterminated string starting at", begin);
      if (c === '"') {
        this.at++;
        return value;
      }
      if (c <= "\u001f") throw new Fault("Invalid control character at", this.at);
      value += c === "\\" ? this.escape(begin) : c;
      this.at++;
    }
  }

  /** Leaves the position at the escape's last character. */
  private escape(begin: number): string {
    const c = this.text[++this.at];
    if (c === undefined) throw new Fault("Unterminated string starting at", begin);
    if (c !== "u") {
      const meant = ESCAPES[c];
      if (meant === undefined) throw new Fault("Invalid \\escape", this.at - 1);
      return meant;
    }
    const digits = this.text.slice(this.at + 1, this.at + 5);
    // CPython also wants a character after the digits: a string cannot end with them.
    if (!/^[0-9a-f]{4}$/i.test(digits) || this.at + 5 >= this.text.length) {
      throw new Fault("Invalid \\uXXXX escape", this.at);
    }
    this.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private skipBlanks(): void {
    BLANKS.lastIndex = this.at;
    this.at += BLANKS.exec(this.text)?.[0].length ?? 0;
  }

  private take(c: string): boolean {
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
