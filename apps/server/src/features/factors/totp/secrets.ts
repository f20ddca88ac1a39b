import type { Seal } from "../../../world/seal.js";
import type { TotpStore } from "./store.js";

/** How the secrets of authenticator apps are stored. */
export interface StoredSecrets {
  readonly count: number;
  /** Not sealed, or under an older key. */
  readonly outdated: number;
  /** Sealed by a key that is not among ours. */
  readonly unreadable: number;
}

/** What is done with one stored secret; `opened` is `undefined` if it is unreadable. */
type Use = (
  stored: { readonly id: string; readonly secret: string },
  opened: string | undefined,
) => Promise<void>;

const ROWS_PER_PAGE = 500;

/** A sealed secret counts only in its own row. */
export function boundTo(id: string): string {
  return `totp:${id}`;
}

/** Looks at every stored secret. */
export async function examineSecrets(
  store: Pick<TotpStore, "listSecrets">,
  seal: Pick<Seal, "open" | "isOutdated">,
  use: Use = async () => {},
): Promise<StoredSecrets> {
  let [count, outdated, unreadable, afterId] = [0, 0, 0, ""];
  for (;;) {
    const page = await store.listSecrets(afterId, ROWS_PER_PAGE);
    for (const stored of page) {
      const opened = seal.open(stored.secret, boundTo(stored.id));
      count += 1;
      if (opened === undefined) unreadable += 1;
      else if (seal.isOutdated(stored.secret)) outdated += 1;
      await use(stored, opened);
      afterId = stored.id;
    }
    if (page.length === 0) return { count, outdated, unreadable };
  }
}
