import { inject } from "vitest";

/** How a database is opened in this run: directly, or through the pooler of the run. */
export function pooled(url: string): { readonly url: string; readonly pooler: "none" | "transaction" } {
  const port = inject("poolerPort");
  if (port === 0) return { url, pooler: "none" };
  const address = new URL(url);
  address.port = String(port);
  return { url: address.href, pooler: "transaction" };
}
