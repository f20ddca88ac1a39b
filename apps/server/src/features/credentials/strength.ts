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

const MIN_DIFFERENT = 5;
/** In code points: reaching each length adds a point. */
const LENGTHS = [8, 12, 16];

/** Whether a password, given as its code points, follows a rule of the advice. */
const RULES: ReadonlyArray<readonly [PasswordRule, (points: readonly string[], min: number) => boolean]> = [
  ["length", (points, min) => points.length >= min],
  ["lowercase", (points) => points.some((point) => /\p{Ll}/u.test(point))],
  ["uppercase", (points) => points.some((point) => /\p{Lu}/u.test(point))],
  ["digit", (points) => points.some((point) => /\p{Nd}/u.test(point))],
  ["special", (points) => points.some((point) => !/\p{Ll}|\p{Lu}|\p{Nd}/u.test(point))],
];

/**
 * Advice, not a barrier: computed from the password alone, which is neither stored nor passed on. `min` is
 * how many code points a password must have.
 */
export function strengthOf(password: string, language: Language, min: number): Strength {
  const words = WORDS[language];
  const points = [...password];
  const common = isCommon(password);
  const rules = RULES.map(([rule, keeps]) => ({
    rule,
    met: keeps(points, min),
    message: words.rules[rule].replace("{min}", String(min)),
  }));
  const score = scoreOf(points, { kinds: rules.filter(({ met }) => met).length - 1, common, min });
  const message = common ? words.common : (words.scores[score] ?? "");
  return { score, common, rules, message };
}

function scoreOf(
  points: readonly string[],
  { kinds, common, min }: { readonly kinds: number; readonly common: boolean; readonly min: number },
): number {
  if (common || points.length < min) return 0;
  // A few different characters are quickly tried, however often they are repeated.
  if (new Set(points).size < MIN_DIFFERENT) return 1;
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
      length: "At least {min} characters",
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
      length: "最少{min}个字符",
      lowercase: "小写字母",
      uppercase: "大写字母",
      digit: "数字",
      special: "特殊字符",
    },
  },
};
