import type { Mount } from "../../mount.js";

/** The OpenAPI document, read at first use: it is large, and most processes are never asked for it. */
export function openApiMount(): Mount {
  return {
    path: "/openapi.json",
    async answer() {
      const { default: json } = await import("@latchkey/contracts/openapi.json", { with: { type: "json" } });
      return { json };
    },
  };
}
