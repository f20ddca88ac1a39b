import { type Change, ChangeRefused, NO_CHANGE, together } from "../../database/change.js";
import type { Clock } from "../../world/clock.js";
import type { Log } from "../../world/log.js";
import { CLOCK_TOLERANCE_MS } from "../../world/times.js";
import { digest } from "./digest.js";
import type { OwnedPlace, PlaceStore } from "./store.js";

export { digest } from "./digest.js";

/** Where a request comes from, as limits count it. */
export interface Origin {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  network(): string;
  /** An IPv4 address, or the /48 of an IPv6 address. */
  site(): string;
  /** The address itself, in its canonical spelling. */
  address(): string;
  /** Whether the client has hung up. */
  isGone(): boolean;
  /** The random id that the client keeps for its device; `undefined` if it keeps none. */
  device(): string | undefined;
}

/** What is known about where the owner of an account has signed in before. */
export interface Known {
  readonly network: boolean;
  readonly device: boolean;
  /** Called once the owner has proved there who they are. */
  proven(): Promise<Proven>;
}

/** A place where the owner of an account has just proved who they are. */
export interface Proven {
  /** Whether both network and device are new to an owner who has been somewhere else before. */
  readonly isNew: boolean;
  /** Remembers the place; to be committed with what the proof allows. */
  readonly remembering: Change;
  /**
   * The same by itself, if the proof allows nothing that is stored. Nothing is remembered if the condition
   * refuses it: the account's places may have been forgotten since the proof. Never rejects.
   */
  remember(condition: Change): Promise<void>;
}

/** What of an origin is remembered. */
type Whence = Pick<Origin, "network" | "device">;

/** How long a place counts as its owner's after a sign-in. */
const PLACE_MS = 90 * 24 * 60 * 60 * 1000;
/** A place that was remembered within this time is not written again. */
const RENEW_MS = 24 * 60 * 60 * 1000;
const NETWORKS_PER_OWNER = 50;
const DEVICES_PER_OWNER = 20;

/** The networks and devices from which the owners of accounts have signed in, kept as digests only. */
export interface KnownPlaces {
  /** What is known of a place, for the owner of an account. */
  look(subject: string, origin: Whence): Promise<Known>;
  /** Remembers where an account was registered; to be committed with the account. */
  first(subject: string, origin: Whence): Change;
  /** Forgets where the owner of an account has signed in; to be committed with the change that requires it. */
  forgetting(subject: string): Change;
  /** Deletes a bounded number of expired places; resolves to how many. */
  deleteOver(): Promise<number>;
}

interface Deps {
  readonly store: PlaceStore;
  readonly clock: Clock;
  readonly log: Log;
}

const ROWS_PER_CLEANING = 1000;

export function createKnownPlaces({ store, clock, log }: Deps): KnownPlaces {
  /** A place that would end later than the latest is from a clock that was ahead. */
  const span = () => {
    const nowMs = clock.nowMs();
    return { nowMs, latestMs: nowMs + PLACE_MS + CLOCK_TOLERANCE_MS };
  };
  const changeTo = (places: readonly Owned[]): Change => {
    if (places.length === 0) return NO_CHANGE;
    const { nowMs, latestMs } = span();
    return store.remembering(places.map((place) => ({ ...place, endsAtMs: nowMs + PLACE_MS, latestMs })));
  };

  return {
    async look(subject, origin) {
      const { nowMs, latestMs } = span();
      const { network, device } = placesOf(subject, origin);
      const places = device === undefined ? [network] : [network, device];
      const found = await store.known(
        places.map(({ id }) => id),
        { nowMs, latestMs },
      );
      const endsAtMs = new Map(found.map((place) => [place.id, place.endsAtMs]));
      const isKnown = ({ id }: Owned) => endsAtMs.has(id);
      const isOld = ({ id }: Owned) => (endsAtMs.get(id) ?? 0) <= nowMs + PLACE_MS - RENEW_MS;
      return {
        network: isKnown(network),
        device: device !== undefined && isKnown(device),
        async proven() {
          const isNew = !places.some(isKnown) && (await store.hasPlaces(network.ownerId, span()));
          const remembering = changeTo(places.filter(isOld));
          const remember = async (condition: Change) => {
            if (remembering === NO_CHANGE) return;
            await store.commit(together(condition, remembering)).catch((error: unknown) => {
              if (error instanceof ChangeRefused) return;
              log("warn", "a place was not remembered", { error });
            });
          };
          return { isNew, remembering, remember };
        },
      };
    },

    first(subject, origin) {
      const { network, device } = placesOf(subject, origin);
      return changeTo(device === undefined ? [network] : [network, device]);
    },

    forgetting: (subject) =>
      store.forgetting([digest("networks of", subject), digest("devices of", subject)]),
    deleteOver: () => store.deleteOver({ ...span(), limit: ROWS_PER_CLEANING }),
  };
}

type Owned = Omit<OwnedPlace, "endsAtMs" | "latestMs">;

function placesOf(subject: string, origin: Whence): { readonly network: Owned; readonly device?: Owned } {
  const network = {
    id: digest("network of", subject, origin.network()),
    ownerId: digest("networks of", subject),
    perOwner: NETWORKS_PER_OWNER,
  };
  const id = origin.device();
  if (id === undefined) return { network };
  const device = {
    id: digest("device of", subject, id),
    ownerId: digest("devices of", subject),
    perOwner: DEVICES_PER_OWNER,
  };
  return { network, device };
}
