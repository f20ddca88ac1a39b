/** What pages have, and other programs have in part or not at all. */
interface Page {
  readonly document?: Listening & { readonly visibilityState: string };
  readonly location?: { readonly origin: string };
  readonly localStorage?: Items;
  readonly sessionStorage?: Items;
  readonly navigator?: { readonly locks?: Locks };
  readonly BroadcastChannel?: new (name: string) => Channel;
  readonly addEventListener?: Listening["addEventListener"];
  readonly removeEventListener?: Listening["removeEventListener"];
}

interface Items {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface Locks {
  request(
    name: string,
    options: { readonly mode: "shared" | "exclusive"; readonly signal: AbortSignal },
    work: () => Promise<void>,
  ): Promise<void>;
}

interface PageEvent {
  readonly key?: string | null;
  readonly persisted?: boolean;
}

interface Listening {
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  removeEventListener(type: string, listener: (event: PageEvent) => void): void;
}

/** A `BroadcastChannel`. */
export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** The page that the client runs in, or its substitute. Safe: any part of it may be missing. */
export const page: Page = globalThis as unknown as Page;

/** Whether it is a page at all. */
export const isPage = (): boolean => page.document !== undefined;
