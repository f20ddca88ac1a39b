import type { Language } from "@latchkey/contracts/kit/language";
import type { PasswordRule } from "@latchkey/contracts/v1/passwords";
import { isCommon } from "./common.js";

/** What a user who chooses a password can be told about it. */
export interface Strength {
  /** 0 is not acceptable, 1 is weak, 2 fair, 3 good, 4 strong. */
  readonly score: number;
  readonly common: boolean;
  readonly rules: Array<{ readonly rule: PasswordRule; readonly met: boolean; readonly message: string }>;
  readonly message: string;
}

const MIN_CODE_POINTS = 6;
/** In code points: reaching each length adds a point. */
const LENGTHS = [8, 12, 16];

/** Whether a password, given as its code points, follows a rule of the advice. */
const RULES: ReadonlyArray<readonly [PasswordRule, (points: readonly string[]) => boolean]> = [
  ["length", (points) => points.length >= MIN_CODE_POINTS],
  ["lowercase", (points) => points.some((point) => /\p{Ll}/u.test(point))],
  ["uppercase", (points) => points.some((point) => /\p{Lu}/u.test(point))],
  ["digit", (points) => points.some((point) => /\p{Nd}/u.test(point))],
  ["special", (points) => points.some((point) => !/\p{Ll}|\p{Lu}|\p{Nd}/u.test(point))],
];

/** Advice, not a barrier: computed from the password alone, which is neither stored nor passed on. */
export function strengthOf(password: string, language: Language): Strength {
  const words = WORDS[language];
  const points = [...password];
  const common = isCommon(password);
  const rules = RULES.map(([rule, keeps]) => ({ rule, met: keeps(points), message: words.rules[rule] }));
  const score = scoreOf(points, rules.filter(({ met }) => met).length - 1, common);
  const message = common ? words.common : (words.scores[score] ?? "");
  return { score, common, rules, message };
}

function scoreOf(points: readonly string[], kinds: number, common: boolean): number {
  if (common || points.length < MIN_CODE_POINTS) return 0;
  // A few different characters are quickly tried, however often they are repeated.
  if (new Set(points).size < MIN_CODE_POINTS - 1) return 1;
  const forLength = LENGTHS.filter((length) => points.length >= length).length;
  return Math.min(1 + forLength + (kinds >= 3 ? 1 : 0), 4);
}

interface Words {
  readonly scores: readonly string[];
  readonly common: string;
  readonly rules: Readonly<Record<PasswordRule, string>>;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    scores: [
      "Too short.",
      "Weak: make it longer, or use more kinds of characters.",
      "Fair: a longer one would be better.",
      "Good.",
      "Strong.",
    ],
    common: "Avoid common passwords: this is one of the first that attackers try.",
    rules: {
      length: "At least 6 characters",
      lowercase: "Lower-case letters",
      uppercase: "Upper-case letters",
      digit: "Digits",
      special: "Special characters",
    },
  },
  "zh-CN": {
    scores: ["太短。", "弱：请加长，或混用更多种类的字符。", "一般：再长一些更好。", "良好。", "强。"],
    common: "请避免使用常见密码：这个密码会最先被尝试。",
    rules: {
      length: "最少6个字符",
      lowercase: "小写字母",
      uppercase: "大写字母",
      digit: "数字",
      special: "特殊字符",
    },
  },
};
