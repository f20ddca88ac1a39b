import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { type Awaitable, afterwards } from "../../world/awaitable.js";
import { type Clock, steadyMs } from "../../world/clock.js";
import { signingKey } from "./rules.js";
import type { KeyStore, StoredKey } from "./store.js";

/** A key together with the only algorithm that it is used with. */
export interface SigningKey {
  /** Absent for the shared secret. */
  readonly kid: string | undefined;
  readonly algorithm: "ES256" | "HS256";
  readonly signs: KeyObject;
  readonly verifies: KeyObject;
}

/** A JSON Web Key Set. It is the same object until the keys are read again. */
export interface PublicSet {
  readonly keys: readonly JWK[];
}

/** The keys of this deployment. */
export interface Keys {
  /** The key that signs now. */
  current(): Awaitable<SigningKey>;
  /** The key that a token's header names; `undefined` if it is not ours. */
  find(kid: string | undefined): Awaitable<SigningKey | undefined>;
  /** The public halves as a JSON Web Key Set (RFC 7517 5), the newest first. */
  publicSet(): Promise<PublicSet>;
  /** Makes a new key that signs from now on; the older ones continue to verify. Resolves to its kid. */
  rotate(): Promise<string>;
}

interface Deps {
  readonly store: KeyStore;
  readonly clock: Clock;
  readonly secret: string | undefined;
  /** How long a token signed with a replaced key may still be presented. */
  readonly keepMs: number;
}

/** How long a server may continue to sign with a key that another process has replaced. */
const RELOAD_MS = 30_000;
/** An unknown key is looked up at most this often, because strangers can send any key id. */
const UNKNOWN_MS = 1000;

interface Loaded {
  readonly current: SigningKey;
  readonly byKid: ReadonlyMap<string, SigningKey>;
  readonly publicSet: PublicSet;
  /** When they were read, by the clock that is never set. */
  readonly atMs: number;
}

/** Keys from the store, created at the first start; and the shared secret, which signs if it is set. */
export function createKeys({ store, clock, secret, keepMs }: Deps): Keys {
  const shared = secret === undefined ? undefined : sharedKey(secret);
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;

  const load = () => {
    loading ??= (async () => {
      let stored = await store.list();
      if (stored.length === 0 && shared === undefined)
        stored = await store.insertFirst(await newKey(clock.nowMs()));
      const keys = await Promise.all(stored.map(readKey));
      const current = shared ?? keys.find(({ kid }) => kid === signingKey(stored)?.kid)?.key;
      if (current === undefined) throw new Error("There is no signing key");
      const byKid = new Map(keys.map(({ kid, key }) => [kid, key]));
      const publicSet = { keys: keys.map((key) => key.publicJwk) };
      loaded = { current, byKid, publicSet, atMs: steadyMs(clock) };
      return loaded;
    })().finally(() => {
      loading = undefined;
    });
    return loading;
  };
  const fresh = (maxAgeMs: number) =>
    loaded !== undefined && steadyMs(clock) - loaded.atMs < maxAgeMs ? loaded : load();

  return {
    current: () => afterwards(fresh(RELOAD_MS), ({ current }) => current),
    find(kid) {
      if (kid === undefined) return shared;
      const known = loaded?.byKid.get(kid);
      return known ?? afterwards(fresh(UNKNOWN_MS), ({ byKid }) => byKid.get(kid));
    },
    publicSet: async () => (await fresh(UNKNOWN_MS)).publicSet,
    async rotate() {
      const key = await newKey(clock.nowMs());
      await store.insert(key);
      await store.deleteReplacedBefore(clock.nowMs() - keepMs - RELOAD_MS);
      await load();
      return key.kid;
    },
  };
}

async function newKey(createdAtMs: number): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, privateJwk: JSON.stringify(jwk), createdAtMs };
}

async function readKey({ kid, privateJwk }: StoredKey) {
  const { d, ...publicPart } = JSON.parse(privateJwk) as JWK;
  const signs = createPrivateKey({ key: { ...publicPart, ...(d && { d }) }, format: "jwk" });
  const verifies = createPublicKey({ key: publicPart, format: "jwk" });
  const key: SigningKey = { kid, algorithm: "ES256", signs, verifies };
  return { kid, key, publicJwk: { ...publicPart, kid, alg: "ES256", use: "sig" } satisfies JWK };
}

function sharedKey(secret: string): SigningKey {
  const key = createSecretKey(new TextEncoder().encode(secret));
  return { kid: undefined, algorithm: "HS256", signs: key, verifies: key };
}
