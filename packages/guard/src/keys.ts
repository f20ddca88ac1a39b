import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
  jwksCache,
} from "jose";
import { ask, type Fetch, ServerAway } from "./ask.js";

/** What tokens are verified with: a key is for one algorithm, whatever a token's header says. */
export interface Keys {
  readonly algorithm: "ES256" | "HS256";
  /** Throws {@link ServerAway} where keys are needed and cannot be had. */
  readonly find: JWTVerifyGetKey;
}

const MIN_SECRET_BYTES = 32;

/** The one secret that the server signs with where its `JWT_SECRET` is set. */
export function sharedSecret(secret: string): Keys {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < MIN_SECRET_BYTES) throw new Error(`A secret has at least ${MIN_SECRET_BYTES} bytes`);
  return { algorithm: "HS256", find: async () => bytes };
}

/** Strangers can name any key: the server is asked for an unknown one at most this often. */
const PAUSE_MS = 1000;
/** As long as the server allows its keys to be kept. */
const MAX_AGE_MS = 5 * 60_000;
/** How often it is asked for newer keys than those in hand while it is away. */
const RETRY_MS = 30_000;

interface Server {
  readonly url: string;
  readonly fetch: Fetch;
  /** Told why keys that are due could not be read again. */
  readonly report: (reason: unknown) => void;
}

/**
 * The server's public keys, read when the first token comes, again when they are old, and when a token names one that is
 * unknown. While the server is away those that were read go on verifying.
 */
export function publishedKeys({ url, fetch, report }: Server): Keys {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  /** Where jose notes when it last read a set of keys that it could use. */
  const kept: JWKSCacheInput = {};
  const remote = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), {
    cooldownDuration: PAUSE_MS,
    // jose would refuse every token once its keys are old and the server away: age is counted here.
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [jwksCache]: kept,
    async [customFetch](address) {
      // jose pauses after an answer that it could read; after any other this does.
      if (Date.now() - askedAtMs < PAUSE_MS) throw new ServerAway("The keys could not be read a moment ago");
      askedAtMs = Date.now();
      const { status, body } = await ask(fetch, address, { Accept: "application/json" });
      return new Response(body, { status });
    },
  });

  /** Reads keys again that are due. */
  const renew = async () => {
    const nowMs = Date.now();
    if (kept.uat === undefined || nowMs - kept.uat < MAX_AGE_MS || nowMs - askedAtMs < RETRY_MS) return;
    try {
      await remote.reload();
    } catch (error) {
      // The keys in hand were right, and a key that was replaced goes on verifying at the server too.
      report(error);
    }
  };

  return {
    algorithm: "ES256",
    async find(header, token) {
      await renew();
      try {
        return await remote(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) throw error;
        throw new ServerAway("The Latchkey server's keys could not be read", { cause: error });
      }
    },
  };
}
