import type { Mount } from "../../mount.js";

/** The OpenAPI document, made at first use and kept: it is large. */
export function openApiMount(describe: () => Promise<unknown>): Mount {
  let described: Promise<unknown> | undefined;
  return {
    path: "/openapi.json",
    async answer() {
      described ??= describe();
      return { json: await described };
    },
  };
}
