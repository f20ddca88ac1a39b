import type { Mount } from "../../mount.js";

/** The OpenAPI document, read when it is first asked for: it is large, and most processes never are. */
export function openApiMount(): Mount {
  return {
    path: "/openapi.json",
    async answer() {
      const { default: json } = await import("@latchkey/contracts/openapi.json", { with: { type: "json" } });
      return { json };
    },
  };
}
