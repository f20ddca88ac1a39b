import { tokenErrors } from "@latchkey/contracts/errors/account";
import { postcardErrors } from "@latchkey/contracts/v1/postcards";
import type { Cause } from "../../cause.js";
import { AppError } from "../../error.js";
import type { Clock } from "../../world/clock.js";
import { timeOrderedId } from "../../world/id.js";
import type { Account } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import type { Limits } from "../limits/service.js";
import { postcardWritten } from "./events.js";
import { keptSinceMs } from "./rules.js";
import type { Postcard, PostcardStore } from "./store.js";

export type { Postcard } from "./store.js";

/** Postcards that the owners of accounts write to themselves. */
export interface Postcards {
  /**
   * Raises `POSTCARDS_FULL`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`, and `TOKEN_INVALID` if the account has been
   * deleted.
   */
  write(account: Account, text: string, cause: Cause): Promise<Postcard>;
  /** The newest first. */
  listOf(account: Pick<Account, "uuid">): Promise<readonly Postcard[]>;
  count(): Promise<number>;
  /** Deletes a bounded number of postcards that are too old; resolves to how many. */
  deleteOver(): Promise<number>;
}

export interface PostcardDeps {
  readonly store: PostcardStore;
  readonly events: Pick<Events, "of">;
  readonly limits: Pick<Limits, "within">;
  readonly clock: Clock;
}

const QUOTA = { of: "postcards", limit: 60, windowMs: 60 * 60_000 };
const ROWS_PER_CLEANING = 1000;

export function createPostcards({ store, events, limits, clock }: PostcardDeps): Postcards {
  return {
    async write(account, text, cause) {
      const { uuid: subject } = account;
      const writtenAtMs = clock.nowMs();
      const postcard = { id: timeOrderedId(writtenAtMs), subject, text, writtenAtMs };
      const told = events.of(cause, postcardWritten, { subject, account, postcard });
      const written = await limits.within(QUOTA, subject, () => store.insert(postcard, told));
      if (written === "kept") return postcard;
      if (written === "gone") throw new AppError(tokenErrors.TOKEN_INVALID);
      throw new AppError(postcardErrors.POSTCARDS_FULL, { data: written.full });
    },

    listOf: ({ uuid }) => store.listOf(uuid),
    count: store.count,
    deleteOver: () => store.deleteOlder({ thanMs: keptSinceMs(clock.nowMs()), limit: ROWS_PER_CLEANING }),
  };
}
