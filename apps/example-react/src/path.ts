import { useSyncExternalStore } from "react";

/** The path of the page: each has its own, so that a reload, a bookmark and the back button work. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

/** The one-time secret of a mailed link: browsers send this part of a URL to no server. */
export function useSecret(): string {
  return useSyncExternalStore(subscribe, secretInUrl);
}

function secretInUrl(): string {
  return new URLSearchParams(location.hash.slice(1)).get("secret") ?? "";
}

/** Goes to another page without loading a document; `replace` leaves no way back to the current one. */
export function goTo(path: string, { replace = false } = {}): void {
  if (path === location.pathname) return;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

function subscribe(changed: () => void): () => void {
  addEventListener("popstate", changed);
  // Another mailed link in the same tab changes only what follows the `#`, which loads no document.
  addEventListener("hashchange", changed);
  return () => {
    removeEventListener("popstate", changed);
    removeEventListener("hashchange", changed);
  };
}
