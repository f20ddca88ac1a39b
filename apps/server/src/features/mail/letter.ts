import type { Language } from "@latchkey/contracts/kit/language";

/** What each template is filled with. All of it is text from strangers as far as a template can know. */
export interface Fillings {
  /** A link with which the password can be set anew. */
  readonly passwordRecovery: { readonly link: string; readonly minutes: string };
  /** A link that shows that the address is its account's owner's. */
  readonly verifyAddress: { readonly link: string; readonly hours: string };
  /** To a new address: a link with which it becomes the account's. */
  readonly confirmNewAddress: { readonly link: string; readonly minutes: string };
  /** To the old address. */
  readonly addressChanged: { readonly newAddress: string; readonly at: string };
  readonly passwordChanged: { readonly at: string };
  readonly newDevice: { readonly at: string; readonly device: string; readonly address: string };
  readonly theftNoticed: { readonly at: string; readonly device: string };
  /** What `latchkey mail test` sends. */
  readonly test: { readonly at: string };
}

export type Template = keyof Fillings;

/** A letter: to whom, of what kind, in which language, and what it says. */
export type Letter = {
  readonly [T in Template]: {
    readonly to: string;
    readonly template: T;
    readonly language: Language;
    readonly values: Fillings[T];
  };
}[Template];

/** A letter without its recipient, as it is written in one language: plain texts that nobody has escaped yet. */
export interface Wording {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** What the reader may do, and where that leads. */
  readonly action?: { readonly label: string; readonly link: string };
  /** Paragraphs behind the action. */
  readonly notes?: readonly string[];
}

/** All templates in one language. */
export type Wordings = {
  readonly [T in Template]: (values: Fillings[T], appName: string) => Wording;
};
