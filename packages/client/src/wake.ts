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
  page.addEventListener?.("online", wake);
  return () => {
    document?.removeEventListener("visibilitychange", seen);
    page.removeEventListener?.("online", wake);
  };
}

/** Whether the page may be visible; always true outside of pages. */
export function isAwake(): boolean {
  return page.document?.visibilityState !== "hidden";
}
