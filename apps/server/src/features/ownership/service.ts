import type { Account } from "../accounts/service.js";
import type { KnownPlaces, Origin } from "../known-places/service.js";
import type { Sessions } from "../sessions/service.js";

/** Who opens a mailed link. */
export interface Opener extends Origin {
  /** The token that they bring, if any. */
  readonly bearer: string | undefined;
}

/**
 * Tells the owner of an account from the owner of a mailbox. A mailed link proves only who reads the mailbox:
 * another person may have registered, or asked for the link.
 */
export interface Ownership {
  /**
   * Whether a link is opened in a session of the account, or on a device where its password was entered: at
   * registration or later. The network alone does not count, since others share it.
   */
  isOwner(account: Account, opener: Opener): Promise<boolean>;
}

interface Deps {
  readonly sessions: Pick<Sessions, "recognise">;
  readonly places: Pick<KnownPlaces, "look">;
}

export function createOwnership({ sessions, places }: Deps): Ownership {
  return {
    async isOwner({ uuid }, opener) {
      const session = await sessions.recognise(opener.bearer);
      return session?.account.uuid === uuid || (await places.look(uuid, opener)).device;
    },
  };
}
