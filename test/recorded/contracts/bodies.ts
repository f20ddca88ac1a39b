import type { Chapter } from "../play.js";
import type { WireRequest } from "../wire.js";
import { BODY_ENDPOINTS } from "./endpoints.js";

const JSON_TYPE = ["Content-Type", "application/json"] as const;

/** Bodies that are not a JSON object, or only just are. */
const TEXTS: Readonly<Record<string, string>> = {
  "an empty body": "",
  null: "null",
  "null between blanks": " \nnull\t",
  "an empty array": "[]",
  "an array of pairs": '[["email","a@b.com"]]',
  "a string": '"text"',
  "an empty string": '""',
  "a number": "1.5",
  "a boolean": "true",
  NaN: "NaN",
  "Infinity in an object": '{"email":Infinity}',
  "an object that does not end": "{",
  "a word": "oops",
  "a blank": " ",
  "two objects": "{} {}",
  "a string that does not end": '{"email":"a@b.co',
  "a comma too many": '{"email":"a@b.com",}',
  "single quotes": "{'email':'a@b.com'}",
  "a fault behind other scripts": '{\r\n "字": "😀",\n "password": oops\n}',
  "a control character in a string": '{"email":"a\u0001b"}',
  "a bad escape": '{"email":"\\x"}',
  "half an escape": '{"email":"\\u12"}',
  "a comment": "{/* none */}",
  "a leading zero": '{"email":01}',
  "a byte order mark": "\ufeff{}",
  "nothing but a byte order mark": "\ufeff",
  "two byte order marks": "\ufeff\ufeff{}",
  "a key twice: the last one counts": '{"email":"a@b.com","email":null,"username":"a","username":7}',
  "keys of the prototype": '{"__proto__":{"email":"a@b.com"},"constructor":1}',
  "unknown keys": '{"e-mail":"a@b.com","admin":true}',
};

const BYTES: Readonly<Record<string, readonly number[]>> = {
  "bytes that are not UTF-8": [0xff],
  "a broken sequence of UTF-8": [0x22, 0xc3, 0x28, 0x22],
  "a surrogate in UTF-8": [0x22, 0xed, 0xa0, 0x80, 0x22],
  "an overlong sequence of UTF-8": [0xc0, 0xaf],
};

/** Content types under which an empty object is sent. */
const TYPES: Readonly<Record<string, string | undefined>> = {
  "no content type": undefined,
  "an empty content type": "",
  "letters in another case": "Application/JSON",
  "a parameter": "application/json; charset=iso-8859-1",
  "a suffix": "application/vnd.api+json",
  "plain text": "text/plain",
  "text/json": "text/json",
  "a form": "application/x-www-form-urlencoded",
  "a form with parts": "multipart/form-data; boundary=x",
  bytes: "application/octet-stream",
  "a longer subtype": "application/jsonp",
  "no subtype": "json",
};

const padded = (bytes: number) => `{}${" ".repeat(bytes - 2)}`;

/** Each path that takes a body, with bodies that it refuses. */
export const bodies: readonly Chapter[] = BODY_ENDPOINTS.map(({ name, path }) => ({
  name: `bodies-${name}`,
  async play({ ask, askAll }) {
    const sent = (body: string | Uint8Array | undefined, type?: string): WireRequest => ({
      method: "POST",
      target: path,
      headers: type === undefined ? [] : [["Content-Type", type]],
      ...(body !== undefined && { body }),
    });
    await ask("no body", sent(undefined));
    await ask("no body, although its type is told", sent(undefined, JSON_TYPE[1]));
    for (const [label, text] of Object.entries(TEXTS)) await ask(label, sent(text, JSON_TYPE[1]));
    for (const [label, bytes] of Object.entries(BYTES)) {
      await ask(label, sent(Uint8Array.from(bytes), JSON_TYPE[1]));
    }
    for (const [label, type] of Object.entries(TYPES)) await ask(label, sent("{}", type));
    await ask("bytes of another type", sent(Uint8Array.of(0xff, 0xfe), "text/plain"));
    const chunked = (body: string): WireRequest => ({
      method: "POST",
      target: path,
      headers: [JSON_TYPE, ["Transfer-Encoding", "chunked"]],
      body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    });
    await askAll({
      "arrays that nest too deep": sent("[".repeat(60_000), JSON_TYPE[1]),
      "objects that nest too deep": sent(`${'{"email":'.repeat(5000)}1${"}".repeat(5000)}`, JSON_TYPE[1]),
      "arrays that nest deep": sent(`{"email":${"[".repeat(500)}${"]".repeat(500)}}`, JSON_TYPE[1]),
      "the largest body": sent(padded(65_535), JSON_TYPE[1]),
      "a body too large": sent(padded(65_536), JSON_TYPE[1]),
      "a body much too large": sent(padded(1_000_000), JSON_TYPE[1]),
      "a large body of another type": sent(padded(65_536), "text/plain"),
      "a body in chunks": chunked("{}"),
      "the largest body in chunks": chunked(padded(65_535)),
      "a body too large in chunks": chunked(padded(65_536)),
    });
  },
}));
