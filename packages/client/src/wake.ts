import { page } from "./page.js";

/**
 * Calls back when the page becomes visible again and when the network is back; returns a function that
 * unsubscribes.
 */
export function onWake(wake: () => void): () => void {
  const { document } = page;
  const seen = () => {
    if (isAwake()) wake();
  };
  document?.addEventListener("visibilitychange", seen);
  // What happened in other tabs while the page was in the back/forward cache, it was not told.
  const restored = ({ persisted }: { readonly persisted?: boolean }) => {
    if (persisted) wake();
  };
  page.addEventListener?.("online", wake);
  page.addEventListener?.("pageshow", restored);
  return () => {
    document?.removeEventListener("visibilitychange", seen);
    page.removeEventListener?.("online", wake);
    page.removeEventListener?.("pageshow", restored);
  };
}

/** Whether the page may be visible; always true outside of pages. */
export function isAwake(): boolean {
  return page.document?.visibilityState !== "hidden";
}
