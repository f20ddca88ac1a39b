import { type Answer, type Mount, renderedJson } from "../../mount.js";

/**
 * The OpenAPI document, described and rendered at first use: it is large, and most processes are never asked.
 */
export function openApiMount(describe: () => Promise<unknown>): Mount {
  let answer: Promise<Answer> | undefined;
  return {
    path: "/openapi.json",
    answer() {
      answer ??= describe().then((document) => renderedJson(document));
      return answer;
    },
  };
}
