import fc from "fast-check";

const TOKENS = [
  ..."{}[],:\"'\\ \t\n\r",
  "\r\n",
  '"a"',
  '"email":',
  '"__proto__":1',
  '"\\u00e9"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"\u{1f600}"',
  "null",
  "true",
  "false",
  "NaN",
  "Infinity",
  "-Infinity",
  "-",
  "0",
  "01",
  "-0",
  "1.5",
  "1.",
  ".5",
  "1e5",
  "1e",
  "1E+",
  "2e400",
  "nul",
  "True",
  "//",
  "/* */",
];
const token = fc.constantFrom(...TOKENS);
/** Whitespace that JSON allows, and other whitespace. */
const blank = fc.constantFrom(
  " ",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\v",
  "\f",
  "\u0085",
);
const character = fc.oneof(
  fc.constantFrom(...'{}[],:"\\0123456789+-.eEuntfalsxNI/ \n'),
  blank,
  fc.constantFrom("\0", "\u001f", "\u007f", "é", "你", "\u{1f600}", "\ud83d", "\ude00"),
);

const soup = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(""));
const number = fc
  .array(fc.constantFrom(..."0123456789+-.eE"), { minLength: 1, maxLength: 8 })
  .map((characters) => characters.join(""));
const escapes = fc.tuple(
  fc.constantFrom("\\", "\\u", "\\ud83d\\u", "\\ud83d\\"),
  fc.array(fc.constantFrom(..."0123456789abcdefABCDEFgu\"\\/bnrtx'"), { maxLength: 7 }),
  fc.constantFrom('"', '"}', "", "\n"),
);
const string = escapes.map(([begin, rest, end]) => `{"k":"é\u{1f600}${begin}${rest.join("")}${end}`);
const whole = fc.json({ maxDepth: 3 });
const spaced = fc
  .tuple(whole, fc.array(blank, { minLength: 1, maxLength: 3 }))
  .map(([text, blanks]) => text.replace(/[,:{[]/g, (mark) => `${mark}${blanks.join("")}`));

/** A valid text with one part cut out, replaced or repeated. */
const damaged = fc
  .tuple(
    fc.oneof(whole, spaced),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat({ max: 4 }),
    fc.oneof(fc.constant(""), character, token),
  )
  .map(([text, where, length, put]) => {
    const at = Math.floor(where * (text.length + 1));
    return text.slice(0, at) + put + text.slice(at + length);
  });
const truncated = fc
  .tuple(fc.oneof(whole, spaced), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([text, where]) => text.slice(0, Math.floor(where * text.length)));
/** Deep enough for every Python to give up, or shallow enough for every one to continue. */
const deep = fc
  .tuple(
    fc.constantFrom("", "x", "{", '{"a":', "1 "),
    fc.constantFrom("[", '{"a":', '[[],{"b":'),
    fc.constantFrom(10, 400, 3000),
    fc.constantFrom("", "]", "1", '"'),
  )
  .map(([before, bracket, times, end]) => before + bracket.repeat(times) + end);

/** Valid and invalid JSON, mostly invalid; the same texts for the same seed. */
export function jsonTexts(seed: number): string[] {
  const sample = (texts: fc.Arbitrary<string>, numRuns: number) => fc.sample(texts, { seed, numRuns });
  return [
    ...sample(soup, 2500),
    ...sample(number, 700),
    ...sample(string, 1000),
    ...sample(whole, 300),
    ...sample(spaced, 500),
    ...sample(damaged, 2500),
    ...sample(truncated, 500),
    ...sample(deep, 40),
  ];
}
