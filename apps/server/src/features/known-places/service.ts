import type { Clock } from "../../world/clock.js";
import { digest } from "./digest.js";
import type { PlaceStore } from "./store.js";

export { digest } from "./digest.js";

/** Where a request comes from, as limits count it. */
export interface Origin {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  network(): string;
  /** The random id that the client keeps for its device; `undefined` if it keeps none. */
  device(): string | undefined;
}

/** What is known about where the owner of an account has signed in before. */
export interface Known {
  readonly network: boolean;
  readonly device: boolean;
  /** Whether both network and device are new to an owner who has signed in before. */
  isNew(): Promise<boolean>;
  /** Remembers both; to be called after the owner has signed in from there. */
  remember(): Promise<void>;
}

/** How long a place counts as its owner's after a sign-in. */
const PLACE_MS = 90 * 24 * 60 * 60 * 1000;
/** A place that was remembered within this time is not written again. */
const RENEW_MS = 24 * 60 * 60 * 1000;
const NETWORKS_PER_OWNER = 50;
const DEVICES_PER_OWNER = 20;

/** The networks and devices from which the owners of accounts have signed in, kept as digests only. */
export interface KnownPlaces {
  /** What is known of a place, for the owner of an account. */
  look(subject: string, origin: Origin): Promise<Known>;
  /** Forgets where the owner of an account has signed in. */
  forget(subject: string): Promise<void>;
  /** Deletes a bounded number of expired places; resolves to how many. */
  deleteOver(): Promise<number>;
}

interface Deps {
  readonly store: PlaceStore;
  readonly clock: Clock;
}

const ROWS_PER_CLEANING = 1000;

export function createKnownPlaces({ store, clock }: Deps): KnownPlaces {
  return {
    async look(subject, origin) {
      const nowMs = clock.nowMs();
      const device = origin.device();
      const network = {
        id: digest("network of", subject, origin.network()),
        ownerId: digest("networks of", subject),
        perOwner: NETWORKS_PER_OWNER,
      };
      const places = [network];
      if (device !== undefined) {
        places.push({
          id: digest("device of", subject, device),
          ownerId: digest("devices of", subject),
          perOwner: DEVICES_PER_OWNER,
        });
      }
      const ids = places.map(({ id }) => id);
      const endsAtMs = new Map((await store.known(ids, nowMs)).map((place) => [place.id, place.endsAtMs]));
      const isKnown = ({ id }: { readonly id: string }) => endsAtMs.has(id);
      const isOld = ({ id }: { readonly id: string }) =>
        (endsAtMs.get(id) ?? 0) <= nowMs + PLACE_MS - RENEW_MS;
      return {
        network: isKnown(network),
        device: places.slice(1).some(isKnown),
        isNew: async () => !places.some(isKnown) && (await store.hasPlaces(network.ownerId, nowMs)),
        async remember() {
          const stale = places.filter(isOld).map((place) => ({ ...place, endsAtMs: nowMs + PLACE_MS }));
          if (stale.length > 0) await store.remember(stale);
        },
      };
    },

    forget: (subject) => store.forget([digest("networks of", subject), digest("devices of", subject)]),
    deleteOver: () => store.deleteOver({ nowMs: clock.nowMs(), limit: ROWS_PER_CLEANING }),
  };
}
