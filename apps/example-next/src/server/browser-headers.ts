const PASSED_ON = ["accept-language", "user-agent", "x-forwarded-for"];

/**
 * What Latchkey should know of the browser: its language, its name in the list of sessions, and the address
 * by which guesses are counted.
 */
export function browserHeaders(from: Headers): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.map((name) => [name, from.get(name) ?? ""]).filter(([, value]) => value),
  );
}
