import { isUtf8 } from "node:buffer";
import { createMask, type Mask, TOKEN } from "./mask.js";
import type { WireAnswer, WireRequest } from "./wire.js";

/**
 * Writes down requests and their answers as text, so that two runs can be compared:
 *
 *     # what the request is about
 *     > POST /api/users/login [Name: a header of the request] {"the body": "of the request"}
 *     < 200 head 1 {"the body": "of the answer"}
 *       <token 1> = header and claims of a token, where it first appears
 *
 * The heads follow at the end, each distinct one once, to the letter. Only what differs from run to run is masked: random
 * values (the same value always has the same number), `Date` and the request's id. `<length>` is the exact body length.
 */
export interface Scribe {
  write(label: string, request: WireRequest, answer: WireAnswer): void;
  /** For bytes that were not a well-formed request. */
  writeAs(label: string, sent: string, answer: WireAnswer): void;
  hide(kind: string, value: string): void;
  text(): string;
}

const MAX_SHOWN = 240;
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const REQUEST_ID = /^[\w-]{8}-[0-9a-z]+$/;

export function createScribe(title: string): Scribe {
  const mask = createMask();
  const heads: string[] = [];
  const lines: string[] = [];

  const numberOf = (head: string): number => {
    const index = heads.indexOf(head);
    return index === -1 ? heads.push(head) : index + 1;
  };

  const writeAs: Scribe["writeAs"] = (label, sent, { status, head, body }) => {
    const text = isUtf8(body) ? body.toString("utf8") : `(not UTF-8) ${body.toString("hex")}`;
    const number = numberOf(printable(steady(head, body.length), "\n"));
    // The request first, so that values are numbered in reading order.
    lines.push(`# ${label}`, `> ${printable(mask(sent))}`);
    lines.push(`< ${status} head ${number} ${printable(mask(text))}`.trimEnd());
    lines.push(...mask.explainTokens(`${head}\n${text}`).map((line) => printable(line)));
  };

  return {
    writeAs,
    write: (label, request, answer) => writeAs(label, shown(request, mask), answer),
    hide: mask.hide,
    text() {
      const shownHeads = heads.flatMap((head, index) => ["", `head ${index + 1}`, head]);
      return `${[title, "", ...lines, ...shownHeads].join("\n")}\n`;
    },
  };
}

/** A request in one line. Long parts are cut: their content is in the scenario. */
function shown({ method, target, headers = [], json, body }: WireRequest, mask: Mask): string {
  const content = json === undefined ? shownBody(body) : JSON.stringify(json);
  // Masked before it is cut: half a token would not be recognised.
  const shownHeaders = headers.map(([name, value]) => `[${name}: ${cut(mask(value))}]`);
  return [method, mask(target), ...shownHeaders, cut(mask(content))].join(" ").trimEnd();
}

function shownBody(body: string | Uint8Array | undefined): string {
  if (body === undefined) return "";
  return typeof body === "string" ? `(as is) ${body}` : `(bytes) ${Buffer.from(body).toString("hex")}`;
}

function cut(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN / 4)}… (${text.length} characters)`;
}

/** A head without what differs from run to run. A value in an unexpected form is left as it is. */
function steady(head: string, bodyLength: number): string {
  return head
    .split("\r\n")
    .map((line) => {
      const [name = "", value = ""] = line.split(/: (.*)/s, 2);
      switch (name.toLowerCase()) {
        case "date":
          return DATE.test(value) ? `${name}: <date>` : line;
        case "x-request-id":
          return REQUEST_ID.test(value) ? `${name}: <request>` : line;
        case "set-cookie":
          // Without its number: otherwise each token would make a head of its own. A new token is explained below its answer.
          return line.replace(TOKEN, "<token>");
        case "content-length":
          return value === String(bodyLength) ? `${name}: <length>` : line;
        default:
          return line;
      }
    })
    .join("\n");
}

/** Keeps each entry on one line: control characters and lone surrogates become escapes. */
function printable(text: string, kept = ""): string {
  return text.replace(/[\p{Cc}\p{Surrogate}\u2028\u2029\ufeff\u200b]/gu, (character) =>
    character === kept ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
