import fc from "fast-check";
import { jsonTexts } from "../bridge/json-texts.js";
import type { BodyEndpoint, FieldKind } from "./endpoints.js";
import { TEXTS } from "./texts.js";

/** A body as it is sent. */
export interface Sent {
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

const JSON_TYPES = [
  "APPLICATION/JSON",
  "application/json; charset=utf-8",
  "application/json;charset=gbk",
  "application/vnd.api+json",
  "application/problem+json; q=1",
  undefined,
];
const OTHER_TYPES = [
  "text/plain",
  "text/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  "application/jsonp",
  "application/json/x",
  "application /json",
  "json",
  ";",
];
const contentType = fc.oneof(
  { weight: 6, arbitrary: fc.constant("application/json") },
  { weight: 2, arbitrary: fc.constantFrom(...JSON_TYPES) },
  { weight: 1, arbitrary: fc.constantFrom(...OTHER_TYPES) },
);

const NO_TEXTS = [
  ...["null", "0", "-1.5", "1e300", "123456", "true", "false", "NaN", "Infinity"],
  ...["[]", '["a"]', "{}", '{"a":1}'],
];

/** One member of the body as it is written, twice for a repeated key; `undefined` for an absent one. */
function member(name: string, kind: FieldKind): fc.Arbitrary<string | undefined> {
  const written = fc
    .oneof(
      { weight: 5, arbitrary: TEXTS[kind].map((text) => JSON.stringify(text)) },
      { weight: 1, arbitrary: fc.constantFrom(...NO_TEXTS) },
    )
    .map((value) => `"${name}":${value}`);
  return fc.oneof(
    { weight: 12, arbitrary: written },
    { weight: 1, arbitrary: fc.tuple(written, written).map((twice) => twice.join(",")) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

const UNKNOWN = ['"extra":1', '"__proto__":{"email":"a@b.com"}', '"constructor":null', '"toString":"x"'];

function objectOf({ fields }: BodyEndpoint): fc.Arbitrary<string> {
  const members = Object.entries(fields).map(([name, kind]) => member(name, kind));
  const unknown = fc.option(fc.constantFrom(...UNKNOWN), { freq: 5, nil: undefined });
  return fc
    .tuple(fc.tuple(...members, unknown), fc.boolean(), fc.constantFrom("", " ", "\n"))
    .map(([all, reversed, blank]) => {
      const present = all.filter((one) => one !== undefined);
      return `{${blank}${(reversed ? present.reverse() : present).join(`,${blank}`)}}`;
    });
}

const NO_OBJECTS = [
  ...["", " ", "\n", "null", "0", "1.5", "NaN", "true", "false", '""', '"text"', "{}"],
  ...["[]", "[1]", "[{}]", '[["email","a@b.com"]]'],
];
const INVALID_UTF8 = ["80", "c3", "22c328", "f8a1a1a1", "c0af", "7b22656d61696c223a22ff227d", "ff", "7b7dff"];

/** Bodies for an endpoint, mostly invalid; the same for the same seed. */
export function bodiesFor(endpoint: BodyEndpoint, seed: number): Sent[] {
  // Python takes leading NULs as UTF-16 or UTF-32; here JSON is always UTF-8 (RFC 8259 8.1).
  const texts = jsonTexts(seed).filter(
    (text) => !/\p{Surrogate}/u.test(text) && !text.slice(0, 4).includes("\0"),
  );
  const mark = fc.oneof({ weight: 9, arbitrary: fc.constant("") }, fc.constant("\ufeff"));
  const bodies = (text: fc.Arbitrary<string>, numRuns: number) =>
    fc
      .sample(fc.tuple(mark, text, contentType), { seed, numRuns })
      .map(([before, body, type]) => ({ contentType: type, bytes: new TextEncoder().encode(before + body) }));
  const invalid = fc.tuple(fc.constantFrom(...INVALID_UTF8), contentType);
  return [
    ...bodies(objectOf(endpoint), 300),
    ...bodies(fc.constantFrom(...NO_OBJECTS), 80),
    ...bodies(fc.constantFrom(...texts), 80),
    ...fc
      .sample(invalid, { seed, numRuns: 30 })
      .map(([hex, type]) => ({ contentType: type, bytes: Uint8Array.from(Buffer.from(hex, "hex")) })),
  ];
}
