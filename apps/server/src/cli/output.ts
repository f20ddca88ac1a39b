import type { Failure } from "./failure.js";

/** What a command answers, for programs and for people. */
export interface Answer {
  readonly json: object;
  /** Lines without the last line's end; what comes from accounts went through `printable`. */
  readonly text: string;
  /** What the command ends with, where that is not 0. */
  readonly exitCode?: 1 | 3;
}

/** An answer as it is written to standard output. */
export function answerText({ json, text }: Answer, asJson: boolean): string {
  return `${asJson ? stringify(json) : text}\n`;
}

/** A failure as it is written to standard error: nothing where all was said already. */
export function failureText({ code, message, faults, lines }: Failure, asJson: boolean): string {
  if (asJson) return `${stringify({ error: { code, message, ...(faults && { faults }) } })}\n`;
  return lines.map((line) => `${line}\n`).join("");
}

/** Control characters, and those that turn the direction of writing: a terminal obeys them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text from an account, as it may be written to a terminal: imported tables hold anything. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "");
}

/** Columns under headings, aligned. Cells are made printable. */
export function table(headings: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))));
  const pad = (cell: string, column: number) => cell + " ".repeat((widths[column] ?? 0) - width(cell));
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/** JSON escapes C0 itself; the other characters that a terminal obeys are escaped here. */
function stringify(value: object): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60]/u;

/** How many columns a terminal gives a text. */
function width(text: string): number {
  const marksApart = text.replace(/\p{M}/gu, "");
  return [...marksApart].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}
