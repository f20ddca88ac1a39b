import { page } from "./page.js";

const given = new Set<string>();

/**
 * On a developer's machine, tells the console why a server that is running may seem unreachable: browsers do not
 * tell scripts. Once for each server.
 */
export function createOriginHint(url: string): (error: unknown) => void {
  return (error) => {
    const { origin = "" } = page.location ?? {};
    if (given.has(url) || !/^https?:..(localhost|127\.|\[::1)/.test(origin)) return;
    // A relative URL is the page's own, and only `fetch` itself fails with such an error.
    if (!url.startsWith("http") || url.startsWith(`${origin}/`) || !(error instanceof TypeError)) return;
    given.add(url);
    // biome-ignore lint/suspicious/noConsole: a page's developer reads it, and the page's code could not tell.
    console.warn(`${url} did not answer. If the server is running, add ${origin} to its CORS_ORIGINS.`);
  };
}
