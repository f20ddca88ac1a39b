import fc from "fast-check";

const joined = (pieces: readonly string[], minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...pieces), { minLength, maxLength }).map((list) => list.join(""));

const LETTERS = [..."abzAZ059"];
const LOCAL = [
  ...LETTERS,
  ...LETTERS,
  ..."!#$%&'*+-/=?^_`{|}~.",
  ...["..", '"', "(", ",", ";", "<", "@", " ", "\t"],
  ...["é", "e\u0301", "\u0301", "用户", "\u{1f600}", "“", "\u00a0", "\u200b", "\ud800"],
];
/** No invented Punycode: which code points IDNA allows differs with the versions of its tables. */
const LABEL = [
  ...LETTERS,
  ...LETTERS,
  ...["-", "--", "_", ".", "!", "é", "E\u0301", "例え", "ß", "\u0301", "\u{1f600}", "。"],
];
const TOPS = [
  ...["com", "COM", "co.uk", "c", "test", "local", "INVALID", "中国", "рф", "xn--p1ai"],
  ...["onion", "localhost", "arpa", "c0m", "0", "1a", "x-", "-x", ""],
];
const ODD = [
  ...["", "@", "plain", "a@b", "a@b.com.", "a@.b.com", "a@-b.com", "a@b-.com", "a@b。com", "a@@b.com"],
  ...["a@[127.0.0.1]", "a@127.0.0.1", "user@localhost", "San <a@b.com>", "<a@b.com>", '"a b"@c.com'],
  ...[63, 64, 65].map((length) => `${"l".repeat(length)}@b.com`),
  ...[63, 64, 65].map((length) => `${"用".repeat(length)}@b.com`),
  ...[62, 63, 64].map((length) => `a@${"d".repeat(length)}.com`),
  ...[122, 123, 124, 125, 126].map((times) => `a@${"d.".repeat(times)}com`),
  ...[90, 91, 92, 93, 94].map((times) => `${"l".repeat(64)}@${"d.".repeat(times)}com`),
  ...[20, 24, 26, 28].map((times) => `a@${"例.".repeat(times)}com`),
  `a@${"d".repeat(3000)}.com`,
];
const BLANKS = ["", "", "", "", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000"];

const composed = fc
  .tuple(joined(LOCAL, 1, 5), joined(LABEL, 1, 4), fc.constantFrom(...TOPS))
  .map(([local, label, top]) => `${local}@${label}.${top}`);

/** Valid and invalid addresses, with and without surrounding whitespace. */
export const address = fc
  .tuple(
    fc.constantFrom(...BLANKS),
    fc.oneof({ weight: 4, arbitrary: composed }, fc.constantFrom(...ODD), fc.constant("user@example.com")),
    fc.constantFrom(...BLANKS),
  )
  .map(([before, text, after]) => before + text + after);
