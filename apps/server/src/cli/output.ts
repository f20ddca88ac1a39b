import type { Failure } from "./failure.js";

/** A command's output, for programs and for people. */
export interface Answer {
  readonly json: object;
  /** Lines, the last one without a line end; text from accounts has passed through `printable`. */
  readonly text: string;
  /** The command's exit code, if it is not 0. */
  readonly exitCode?: 1 | 3;
}

/** An answer in the form that is written to standard output. */
export function answerText({ json, text }: Answer, asJson: boolean): string {
  return `${asJson ? stringify(json) : text}\n`;
}

/** A failure in the form that is written to standard error: empty if everything was printed already. */
export function failureText({ code, message, faults, lines }: Failure, asJson: boolean): string {
  if (asJson) return `${stringify({ error: { code, message, ...(faults && { faults }) } })}\n`;
  return lines.map((line) => `${line}\n`).join("");
}

/** Control characters, and those that change the writing direction: a terminal obeys them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text from an account, made safe for a terminal: imported tables may contain anything. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "");
}

/** Aligned columns under headings. Cells are made printable. */
export function table(headings: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))));
  const pad = (cell: string, column: number) => cell + " ".repeat((widths[column] ?? 0) - width(cell));
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/** JSON itself escapes C0; the other characters that a terminal obeys are escaped here. */
function stringify(value: object): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60]/u;

/** How many columns a text takes on a terminal. */
function width(text: string): number {
  const marksApart = text.replace(/\p{M}/gu, "");
  return [...marksApart].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}
