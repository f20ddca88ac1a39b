import { page } from "./page.js";

/** Calls back when the page is looked at again and when the network has come back; returns what ends that. */
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

/** Whether somebody may be looking: outside of pages always. */
export function isAwake(): boolean {
  return page.document?.visibilityState !== "hidden";
}
