import type { Language } from "@latchkey/contracts/kit/language";
import type { Decide, Decider, Writing } from "../outbox/service.js";

/** The values in a letter. Its wording must treat them as text from strangers. */
export type LetterValues = Readonly<Record<string, string>>;

/** A kind of letter, declared by the feature that sends it. `V` is the type of its values. */
export interface LetterKind<V extends LetterValues> {
  /** Permanent: mails in the outbox refer to it. */
  readonly name: string;
  readonly wordings: Readonly<Record<Language, (values: V, appName: string) => Wording>>;
}

/** A kind of letter with any values. */
export type AnyLetterKind = LetterKind<never>;

/** The kinds of letters that a feature sends, as one of its parts. */
export interface Letters {
  readonly letters: readonly AnyLetterKind[];
}

/** A letter without its recipient, worded in one language: plain texts that are not escaped yet. */
export interface Wording {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** What the reader can do, and the link for it. */
  readonly action?: { readonly label: string; readonly link: string };
  /** Paragraphs after the action. */
  readonly notes?: readonly string[];
}

/** One letter: its recipient, its language and its values. */
export interface Letter<V extends LetterValues> {
  readonly to: string;
  readonly language: Language;
  /** The uuid of the account that it is about: it is deleted with that. */
  readonly about?: string | undefined;
  readonly values: V;
}

/** Declares a kind of letter. */
export function letterKind<V extends LetterValues>(
  name: string,
  wordings: LetterKind<V>["wordings"],
): LetterKind<V> {
  return { name, wordings };
}

/**
 * Declares how the background worker decides whether a requested letter of a kind is written, and what it
 * says.
 */
export function decider<V extends LetterValues>(
  { name }: LetterKind<V>,
  decide: (
    ...asked: Parameters<Decide>
  ) => Promise<(() => Promise<Writing & { readonly values: V }>) | undefined>,
): Decider {
  return { template: name, decide };
}

/** The fields of an account that are needed to write to it. */
interface Recipient {
  readonly uuid: string;
  readonly email: string;
  /** `null` if none was chosen. */
  readonly language: Language | null;
}

/**
 * How to address a letter to the owner of an account: in their chosen language, otherwise in the given one.
 */
export function addressedTo({ uuid: about, email: to, language: chosen }: Recipient, language: Language) {
  return { to, about, language: chosen ?? language };
}

/** A time as it appears in letters, such as `2026-01-15 12:00 UTC`. */
export function minuteOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
