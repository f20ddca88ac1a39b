/** A variable that a settings file sets. */
interface Entry {
  readonly name: string;
  readonly value: string;
  /** The number of the line that it begins on. */
  readonly line: number;
}

export interface EnvFile {
  readonly entries: readonly Entry[];
  /** The lines that are refused, in sentences that never quote a value. */
  readonly faults: readonly string[];
}

/**
 * Reads the text of a settings file: lines of `NAME=value`, blank lines, and comments after `#`. A value may
 * be in quotation marks, and then contain anything but that mark. What the file's author and a lenient parser
 * would understand differently is a fault instead. What is accepted means the same to Node's own `parseEnv`,
 * except that it takes the next line for the value of a blank one (Node 24.22).
 */
export function parseEnvFile(bytes: Uint8Array): EnvFile {
  const decoded = decode(bytes);
  if ("fault" in decoded) return { entries: [], faults: [decoded.fault] };
  const entries: Entry[] = [];
  const faults: string[] = [];
  const reader = createReader(decoded.text);
  while (!reader.isAtEnd()) {
    const { line } = reader;
    const result = readLine(reader);
    if (result === undefined) continue;
    if ("fault" in result) {
      faults.push(`Line ${line} of .env ${result.fault}.`);
      reader.take(REST);
    } else {
      entries.push({ ...result, line });
    }
  }
  return { entries, faults };
}

type Read = { readonly name: string; readonly value: string } | { readonly fault: string } | undefined;
type Reader = ReturnType<typeof createReader>;

const BLANKS = /[^\S\n]*/y;
const LINE_END = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
const NAME = /(?:export[^\S\n]+)?([A-Za-z_][A-Za-z0-9_.-]*)[^\S\n]*=/y;
const COLON = /(?:export[^\S\n]+)?[A-Za-z_][A-Za-z0-9_.-]*[^\S\n]*:/y;
const QUOTED = /[^\S\n]*(["'`])([\s\S]*?)\1/y;
const UNQUOTED = /[^\n]*/y;
const REST = /[^\n]*(?:\n|$)/y;
/** Apart from tabs and line ends, which a value in quotation marks may contain. */
const CONTROL = /(?![\t\n])\p{Cc}/u;

function readLine(reader: Reader): Read {
  reader.take(BLANKS);
  if (reader.take(LINE_END) !== undefined) return undefined;
  const [, name] = reader.take(NAME) ?? [];
  if (name === undefined) {
    const hasColon = reader.take(COLON) !== undefined;
    return { fault: hasColon ? "has a colon after the name: write NAME=value" : "is not NAME=value" };
  }
  const read = reader.sees(/[^\S\n]*["'`]/y) ? readQuoted(reader) : readUnquoted(reader);
  if ("value" in read && CONTROL.test(read.value))
    return { fault: `sets ${name} to a value with a control character` };
  return "value" in read ? { name, value: read.value } : { fault: `sets ${name}, but ${read.fault}` };
}

type Value = { readonly value: string } | { readonly fault: string };

function readQuoted(reader: Reader): Value {
  const [, mark, inside = ""] = reader.take(QUOTED) ?? [];
  if (mark === undefined) return { fault: "its quotation mark is not closed" };
  if (reader.take(LINE_END) === undefined) return { fault: "something follows the closing quotation mark" };
  return { value: mark === '"' ? inside.replaceAll("\\n", "\n") : inside };
}

function readUnquoted(reader: Reader): Value {
  const [written = ""] = reader.take(UNQUOTED) ?? [];
  const [value = ""] = written.split(/\s#/, 1);
  // Node takes what follows for a comment; other programs take it for a part of the value.
  if (value.includes("#")) return { fault: "the value contains #: put it in quotation marks" };
  return { value: value.trim() };
}

/** Reads a text from its beginning to its end, and knows the number of the current line. */
function createReader(text: string) {
  let at = 0;
  let line = 1;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text) ?? undefined;
  };
  return {
    get line() {
      return line;
    },
    isAtEnd: () => at >= text.length,
    sees: (pattern: RegExp) => match(pattern) !== undefined,
    take(pattern: RegExp) {
      const found = match(pattern);
      if (found === undefined) return undefined;
      at += found[0].length;
      line += found[0].split("\n").length - 1;
      return found;
    },
  };
}

/** Every program that writes text can write UTF-8; in any other encoding names would not be found. */
function decode(bytes: Uint8Array): { readonly text: string } | { readonly fault: string } {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { fault: ".env is written in UTF-16: save it as UTF-8." };
  }
  if (bytes.includes(0)) return { fault: ".env contains NUL bytes: save it as UTF-8 text." };
  try {
    // This also removes a byte order mark.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
    // Where a line would end there, a comment would hide the settings after it.
    if (text.includes("\r"))
      return { fault: ".env has carriage returns that do not end a line: remove them." };
    return { text };
  } catch {
    return { fault: ".env is not valid UTF-8: save it as UTF-8." };
  }
}
