import type { Mount } from "../../mount.js";
import type { Postcards } from "./service.js";

/** The page that says how many postcards are kept. */
export function postcardsPage({ count }: Pick<Postcards, "count">): Mount {
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  const body = async () => `<!doctype html><title>Postcards</title><p>${await count()} kept</p>\n`;
  return { path: "/postcards", answer: async () => ({ headers, body: await body() }) };
}
