import type { Unreferable } from "./clock.js";
import { type Channel, page } from "./page.js";
import type { SignOutReason } from "./state.js";

/**
 * What tabs tell each other. Never a token: only that the storage is worth reading, or which session is over.
 */
export interface TabMessage {
  readonly ended?: string;
  readonly reason?: SignOutReason;
}

/** The other tabs of the browser. */
export interface Tabs {
  tell(message: TabMessage): void;
  close(): void;
}

/** Connects to the other tabs: by a `BroadcastChannel`, and by the storage's own events if there is none. */
export function openTabs(
  name: string,
  { channel }: { readonly channel: string | undefined },
  hear: (message: TabMessage) => void,
): Tabs {
  let broadcast = channel === undefined ? undefined : open(channel);
  if (broadcast !== undefined) {
    // Safe: only this client's tabs use the name.
    broadcast.onmessage = ({ data }) => hear((data ?? {}) as TabMessage);
    (broadcast as Unreferable).unref?.();
  }
  // A key of `null` means that everything was cleared.
  const stored = ({ key }: { readonly key?: string | null }) => {
    if (key === name || key === null) hear({});
  };
  page.addEventListener?.("storage", stored);
  return {
    tell: (message) => broadcast?.postMessage(message),
    close() {
      broadcast?.close();
      broadcast = undefined;
      page.removeEventListener?.("storage", stored);
    },
  };
}

function open(channel: string): Channel | undefined {
  try {
    return page.BroadcastChannel && new page.BroadcastChannel(channel);
  } catch {
    // Sandboxed pages may not use it: the storage's events remain.
    return undefined;
  }
}
