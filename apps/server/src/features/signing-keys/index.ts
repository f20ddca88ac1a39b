import type { Database } from "../../database/database.js";
import type { Host } from "../../host.js";
import { type Answer, type Mount, renderedJson } from "../../mount.js";
import type { ValuesOf } from "../../settings/setting.js";
import { createKeys, type Keys } from "./service.js";
import type { KeyStore } from "./store.js";
import { postgresKeyStore } from "./store.postgres.js";
import { sqliteKeyStore } from "./store.sqlite.js";

const MIN_SECRET_BYTES = 32;
/** Secrets that appear in tutorials, and words that are used to pad a secret to the required length. */
const WELL_KNOWN =
  /^(.{1,4})\1+$|secret|password|change[-_ ]?me|your[-_ ]?(256|key|jwt)|0123456789|abcdefgh|qwerty/i;
/** From FastAPI's own tutorial, and from jwt.io. */
const TUTORIALS = ["09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"];
/** What a shell would have replaced: a settings file and Docker keep it as it is, the same on every machine. */
const COMMAND = /\$[({]|^\$\w+$|\bopenssl\s|\/dev\/u?random/;

export const signingKeySettings = {
  secret: {
    name: "JWT_SECRET",
    meaning:
      "Signs tokens with HS256 and this secret, if other services must share it: at least 32 bytes, not " +
      "counting blanks, and not a well-known one.",
    absent: "none: ES256 keys are generated and stored",
    secret: true,
    parse: (text: string) => {
      // Blanks do not make a secret harder to guess.
      const counted = text.replace(/\s/g, "");
      if (Buffer.byteLength(counted) < MIN_SECRET_BYTES)
        return { fault: `must have at least ${MIN_SECRET_BYTES} bytes, not counting blanks` };
      if (COMMAND.test(text))
        return { fault: "must be the secret itself: commands and variables in it are not replaced" };
      if (isWellKnown(counted))
        return { fault: "is a well-known or guessable secret: generate one with `openssl rand -base64 48`" };
      return { value: text };
    },
  },
} as const;

function isWellKnown(secret: string): boolean {
  if (TUTORIALS.includes(secret) || new Set(secret).size < 8) return true;
  // Words make a secret weak only if they are most of it: any random secret may contain short ones by chance.
  const rest = secret.replace(new RegExp(WELL_KNOWN, "gi"), "");
  return rest.length < MIN_SECRET_BYTES / 2;
}

export function openKeyStore(database: Database): KeyStore {
  return database.storeOf({ sqlite: sqliteKeyStore, postgres: postgresKeyStore });
}

/** `keepMs` is how long a token signed with a replaced key may still be presented. */
export function openSigningKeys(
  { database, clock }: Host,
  settings: ValuesOf<typeof signingKeySettings>,
  keepMs: number,
): Keys & { readonly mounts: readonly Mount[] } {
  const keys = createKeys({ store: openKeyStore(database), clock, secret: settings.secret, keepMs });
  return { ...keys, mounts: [jwks(keys)] };
}

/** The public keys, for services that verify tokens elsewhere (RFC 7517); rendered once until they change. */
function jwks({ publicSet }: Keys): Mount {
  const headers = { "Cache-Control": "public, max-age=300", Vary: "Origin" };
  const rendered = new WeakMap<object, Answer>();
  return {
    path: "/.well-known/jwks.json",
    async answer() {
      const set = await publicSet();
      const answer = rendered.get(set) ?? renderedJson(set, headers);
      rendered.set(set, answer);
      return answer;
    },
  };
}
