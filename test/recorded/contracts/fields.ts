import type { Chapter } from "../play.js";
import { post, usersRegister } from "../requests.js";
import { BODY_ENDPOINTS } from "./endpoints.js";

/** What no field accepts. */
const NO_TEXTS: Readonly<Record<string, unknown>> = {
  null: null,
  zero: 0,
  "a number": 123456,
  true: true,
  "an array": ["text"],
  "an object": { a: "b" },
  "half a character": "a\ud800b",
  NUL: "a\u0000b",
};

/** What only some fields accept. */
const TEXTS: Readonly<Record<string, string>> = {
  "nothing in it": "",
  blanks: " \t ",
  "a control character": "a\u0001b",
  "a line break": "a\nb",
  "a C1 control character": "a\u0085b",
  markup: "<b>",
  "an emoji": "😀",
  "51 code points": "😀".repeat(51),
  "1025 code points": "x".repeat(1025),
  "blanks around it": "  somebody@example.org \n",
  "no address": "no address",
};

const without = (input: object, field: string) =>
  Object.fromEntries(Object.entries(input).filter(([key]) => key !== field));

/** Each field of each body, with values that do not fit or only just do. */
export const fields: readonly Chapter[] = BODY_ENDPOINTS.flatMap(({ name, path, input }) => {
  const keys = Object.keys(input);
  const more = keys.length > 3 ? [fieldsOf(`fields-${name}-more`, path, input, keys.slice(3))] : [];
  return [fieldsOf(`fields-${name}`, path, input, keys.slice(0, 3)), ...more];
});

function fieldsOf(name: string, path: string, input: object, keys: readonly string[]): Chapter {
  return {
    name,
    // Otherwise wrong passwords among the input would soon be refused for their number.
    environment: { GUESSES_PER_ACCOUNT_AND_NETWORK: "1000", GUESSES_PER_ACCOUNT: "1000" },
    async play({ ask, prepare }) {
      await prepare(usersRegister("ana@example.com"));
      for (const field of keys) {
        await ask(`${field} is missing`, post(path, without(input, field)));
        for (const [label, value] of Object.entries({ ...NO_TEXTS, ...TEXTS })) {
          await ask(`${field}: ${label}`, post(path, { ...input, [field]: value }));
        }
      }
      const all = (value: unknown) =>
        Object.fromEntries(
          Object.keys(input)
            .toReversed()
            .map((key) => [key, value]),
        );
      await ask("all fields are missing", post(path, {}));
      await ask("numbers, in another order", post(path, all(1)));
      await ask("null, in another order", post(path, all(null)));
      await ask("unknown keys", post(path, { ...input, role: "admin", id: 1, disabled: false }));
    },
  };
}
