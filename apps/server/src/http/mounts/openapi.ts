import { type Answer, type Mount, renderedJson } from "../../mount.js";

/** The OpenAPI document, read at first use: it is large, and most processes are never asked for it. */
export function openApiMount(): Mount {
  let answer: Promise<Answer> | undefined;
  return {
    path: "/openapi.json",
    answer() {
      answer ??= render();
      return answer;
    },
  };
}

async function render(): Promise<Answer> {
  const { default: json } = await import("@latchkey/contracts/openapi.json", { with: { type: "json" } });
  return renderedJson(json);
}
