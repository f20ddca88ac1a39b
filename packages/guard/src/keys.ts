import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { ask, type Fetch, ServerAway } from "./ask.js";
import { isWithin, type Moment, momentNow } from "./moment.js";

/** What tokens are verified with. A key is for one algorithm, whatever a token's header says. */
export interface Keys {
  readonly algorithm: "ES256" | "HS256";
  /** Throws {@link ServerAway} if keys are needed and cannot be read. */
  readonly find: JWTVerifyGetKey;
}

const MIN_SECRET_BYTES = 32;

/** The one secret that the server signs with if its `JWT_SECRET` is set. */
export function sharedSecret(secret: string): Keys {
  const bytes = new TextEncoder().encode(secret);
  // As on the server: blanks do not make a secret harder to guess.
  if (new TextEncoder().encode(secret.replace(/\s/g, "")).length < MIN_SECRET_BYTES)
    throw new Error(`A secret must have at least ${MIN_SECRET_BYTES} bytes, not counting blanks`);
  return { algorithm: "HS256", find: async () => bytes };
}

/** Strangers can name any key: the server is asked for an unknown one at most this often. */
const PAUSE_MS = 1000;
/** As long as the server allows its keys to be cached. */
const MAX_AGE_MS = 5 * 60_000;
/** How often the server is asked for newer keys while it is away and there are cached ones. */
const RETRY_MS = 30_000;

interface Server {
  readonly url: string;
  readonly fetch: Fetch;
  /** Called with the reason when keys that are due could not be read again. */
  readonly report: (reason: unknown) => void;
}

/**
 * The server's public keys, read when the first token arrives, again when they are old, and when a token
 * names an unknown one. While the server is away, the cached keys keep verifying.
 */
export function publishedKeys({ url, fetch, report }: Server): Keys {
  let asked: Moment | undefined;
  let read: Moment | undefined;
  const remote = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), {
    // jose measures by a clock that may be set back, and would refuse every token once its keys are old and the
    // server is away. So it only reads keys when it is told to.
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    async [customFetch](address) {
      if (isWithin(PAUSE_MS, asked)) throw new ServerAway("The keys could not be read a moment ago");
      asked = momentNow();
      const { status, body } = await ask(fetch, address, { Accept: "application/json" });
      return new Response(body, { status });
    },
  });

  const readKeys = async () => {
    await remote.reload();
    read = momentNow();
  };

  /** Reads the keys again if they are due. */
  const renew = async () => {
    if (isWithin(MAX_AGE_MS, read) || isWithin(RETRY_MS, asked)) return;
    try {
      await readKeys();
    } catch (error) {
      // The cached keys were valid, and the server too keeps accepting a key that was replaced.
      report(error);
    }
  };

  const find: JWTVerifyGetKey = async (header, token) => {
    await (read === undefined ? readKeys() : renew());
    try {
      return await remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || isWithin(PAUSE_MS, read)) throw error;
    }
    await readKeys();
    return remote(header, token);
  };

  return {
    algorithm: "ES256",
    async find(header, token) {
      try {
        return await find(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) throw error;
        throw new ServerAway("The Latchkey server's keys could not be read", { cause: error });
      }
    },
  };
}
