import type { Chapter, Stage } from "../play.js";
import { signUp } from "../requests.js";
import type { Header } from "../wire.js";
import { TOKEN_ENDPOINTS } from "./endpoints.js";
import { forgeries } from "./forge.js";

/** What may come instead of `Authorization: Bearer <token>`. */
const headersFor = (token: string): Readonly<Record<string, readonly Header[]>> => ({
  "no header": [],
  "an empty header": [["Authorization", ""]],
  "the scheme alone": [["Authorization", "Bearer"]],
  "the scheme with a blank": [["Authorization", "Bearer "]],
  "the token alone": [["Authorization", token]],
  "the scheme Basic": [["Authorization", `Basic ${token}`]],
  "the scheme Token": [["Authorization", `Token ${token}`]],
  "a colon behind the scheme": [["Authorization", `Bearer:${token}`]],
  "a tab behind the scheme": [["Authorization", `Bearer\t${token}`]],
  "the scheme in quotes": [["Authorization", `"Bearer" ${token}`]],
  "a longer scheme": [["Authorization", `Bearers ${token}`]],
  "the word null": [["Authorization", "null"]],
  "two blanks behind the scheme": [["Authorization", `Bearer  ${token}`]],
  "something behind the token": [["Authorization", `Bearer ${token} x`]],
  "the token twice": [["Authorization", `Bearer ${token},${token}`]],
  "the token in quotes": [["Authorization", `Bearer "${token}"`]],
  "the word undefined as token": [["Authorization", "Bearer undefined"]],
  "words as token": [["Authorization", "Bearer a.b.c"]],
  "two dots as token": [["Authorization", "Bearer .."]],
  "letters that are not ASCII": [["Authorization", "Bearer é"]],
  "a token of 5000 characters": [["Authorization", `Bearer ${"a".repeat(5000)}`]],
  "a token of 15000 characters": [["Authorization", `Bearer ${"a".repeat(15_000)}`]],
  "the token in a cookie": [["Cookie", `access_token=${token}; __Host-latchkey=${token}`]],
  "the token in another header": [["X-Access-Token", token]],
});

/** Each path that requires a token, with headers that carry none. */
export const authorization: readonly Chapter[] = TOKEN_ENDPOINTS.map(({ name, method, path }) => ({
  name: `authorization-${name}`,
  async play(stage) {
    const token = await signUp(stage, "ana@example.com");
    for (const [label, headers] of Object.entries(headersFor(token))) {
      await stage.ask(label, { method, target: path, headers });
    }
    await stage.ask("the token in the query", { method, target: `${path}?access_token=${token}` });
    await accepted(stage, method, path);
  },
}));

/** Each request has a session of its own, because some of the paths end it. */
async function accepted(stage: Stage, method: string, target: string): Promise<void> {
  for (const [index, scheme] of ["bearer", "BEARER", "bEaReR"].entries()) {
    const token = await signUp(stage, `user${index}@example.com`);
    const headers: readonly Header[] = [["Authorization", `${scheme} ${token}`]];
    await stage.ask(`the scheme ${scheme}`, { method, target, headers });
  }
  for (const [index, spelling] of [`${target}/`, `${target}?a=1`, target.replace("a", "%61")].entries()) {
    const token = await signUp(stage, `spelling${index}@example.com`);
    const headers: readonly Header[] = [["Authorization", `Bearer ${token}`]];
    await stage.ask("another spelling of the path", { method, target: spelling, headers });
  }
  const [one, two] = [await signUp(stage, "one@example.com"), await signUp(stage, "two@example.com")];
  const headers: readonly Header[] = [
    ["Authorization", `Bearer ${one}`],
    ["Authorization", `Bearer ${two}`],
  ];
  await stage.ask("two headers", { method, target, headers });
  await stage.ask("both of them again", { method, target, headers: headers.toReversed() });
}

/** Each path that requires a token, with tokens that the server did not make. */
export const forgedTokens: readonly Chapter[] = TOKEN_ENDPOINTS.map(({ name, method, path }) => ({
  name: `forged-${name}`,
  async play(stage) {
    let made = 0;
    for (const label of Object.keys(forgeries("e30.e30.AAAA"))) {
      const genuine = await signUp(stage, `user${++made}@example.com`);
      const forged = forgeries(genuine)[label];
      const headers: readonly Header[] = [["Authorization", `Bearer ${forged}`]];
      await stage.ask(label, { method, target: path, headers });
    }
  },
}));
