import type { Language } from "@latchkey/contracts/kit/language";
import type { Decide, Decider, Writing } from "../outbox/service.js";

/** What a letter is filled with: text from strangers, as far as its wording can know. */
export type LetterValues = Readonly<Record<string, string>>;

/** A kind of letter, declared by the feature that sends it. `V` is what each of its letters is filled with. */
export interface LetterKind<V extends LetterValues> {
  /** Permanent: mails in the outbox are known by it. */
  readonly name: string;
  readonly wordings: Readonly<Record<Language, (values: V, appName: string) => Wording>>;
}

/** A kind of letter, whatever it is filled with. */
export type AnyLetterKind = LetterKind<never>;

/** The kinds of letters that a feature sends, as a part of it. */
export interface Letters {
  readonly letters: readonly AnyLetterKind[];
}

/** A letter without its recipient, as it is written in one language: plain texts that are not escaped yet. */
export interface Wording {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** What the reader may do, and where that leads. */
  readonly action?: { readonly label: string; readonly link: string };
  /** Paragraphs after the action. */
  readonly notes?: readonly string[];
}

/** One letter: to whom, in which language, and what fills it. */
export interface Letter<V extends LetterValues> {
  readonly to: string;
  readonly language: Language;
  readonly values: V;
}

/** Declares a kind of letter. */
export function letterKind<V extends LetterValues>(
  name: string,
  wordings: LetterKind<V>["wordings"],
): LetterKind<V> {
  return { name, wordings };
}

/** Declares what decides, in the background, whether a letter of a kind that was asked for is written, and what it says. */
export function decider<V extends LetterValues>(
  { name }: LetterKind<V>,
  decide: (...asked: Parameters<Decide>) => Promise<(Writing & { readonly values: V }) | undefined>,
): Decider {
  return { template: name, decide };
}

/** An account, as far as it is written to. */
interface Recipient {
  readonly email: string;
  /** `null` where none was chosen. */
  readonly language: Language | null;
}

/** Where a letter to the owner of an account goes: in the language that they have chosen, otherwise in the given one. */
export function addressedTo({ email: to, language: chosen }: Recipient, language: Language) {
  return { to, language: chosen ?? language };
}

/** A time as letters tell it, such as `2026-01-15 12:00 UTC`. */
export function minuteOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
