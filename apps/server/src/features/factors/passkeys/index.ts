import type { Database } from "../../../database/database.js";
import type { Host } from "../../../host.js";
import { type Mount, renderedJson } from "../../../mount.js";
import type { Setting, ValuesOf } from "../../../settings/setting.js";
import { type ChallengeDeps, createChallenges } from "./challenges.js";
import {
  isOfDomain,
  type Places,
  type RelyingParty,
  relatedOrigins,
  relyingPartyOf,
} from "./relying-party.js";
import { createPasskeys, type PasskeyDeps, type Passkeys } from "./service.js";
import type { PasskeyStore } from "./store.js";
import { postgresPasskeyStore } from "./store.postgres.js";
import { sqlitePasskeyStore } from "./store.sqlite.js";

export const passkeySettings = {
  rpId: {
    name: "WEBAUTHN_RP_ID",
    meaning:
      "The domain that passkeys are made for, such as `example.com`: they work on pages of it and of domains below it. " +
      "Passkeys made for another domain stop working.",
    absent: "the host of `APP_URL`, else that of `PUBLIC_URL`",
    parse: (text: string) =>
      isDomain(text)
        ? { value: text }
        : {
            fault:
              "must be a domain in lower case such as example.com, or localhost, without https:// or a port",
          },
  } satisfies Setting<string>,
  origins: {
    name: "WEBAUTHN_ORIGINS",
    meaning:
      "The origins of pages and Android apps (`android:apk-key-hash:…`) that may use passkeys, separated by commas. Those " +
      "of other domains than `WEBAUTHN_RP_ID` are served at `/.well-known/webauthn`.",
    absent: "those of `APP_URL`, `PUBLIC_URL` and `CORS_ORIGINS`",
    parse: parseOrigins,
  } satisfies Setting<ReadonlySet<string>>,
} as const;

type PasskeySettings = ValuesOf<typeof passkeySettings>;

/** A domain whose last label is none of an IPv4 address. */
function isDomain(text: string): boolean {
  const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  return text.length <= 253 && new RegExp(`^(${label}\\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`).test(text);
}

const ANDROID = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/;

function parseOrigins(text: string): { readonly value: ReadonlySet<string> } | { readonly fault: string } {
  const listed = text.split(",").map((origin) => origin.trim());
  const isOrigin = (origin: string) =>
    ANDROID.test(origin) ||
    (/^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin);
  return listed.every(isOrigin)
    ? { value: new Set(listed) }
    : { fault: "must list origins such as https://app.example.com, without a path" };
}

/** Finds a domain that none of the pages belongs to: browsers would refuse every ceremony. */
export function judgePasskeySettings(settings: PasskeySettings, places: Places): readonly string[] {
  if (settings.rpId === undefined && settings.origins === undefined) return [];
  const { id, origins } = relyingPartyOf(settings, places, "");
  return [...origins].some((origin) => isOfDomain(origin, id))
    ? []
    : [
        "WEBAUTHN_RP_ID: none of the origins that may use passkeys is of that domain, which is the host of APP_URL, else " +
          "that of PUBLIC_URL, unless it is set.",
      ];
}

export function openPasskeyStore(database: Database): PasskeyStore {
  return database.storeOf({ sqlite: sqlitePasskeyStore, postgres: postgresPasskeyStore });
}

export interface PasskeyFeature {
  readonly passkeys: Passkeys;
  readonly mounts: readonly Mount[];
  deleteOver(): Promise<number>;
}

type Services = Omit<PasskeyDeps, "store" | "challenges" | "clock" | "rp"> & Pick<ChallengeDeps, "limits">;

export function openPasskeys(
  { database, clock }: Host,
  settings: PasskeySettings,
  { places, appName, ...services }: Services & { readonly places: Places; readonly appName: string },
): PasskeyFeature {
  const store = openPasskeyStore(database);
  const rp = relyingPartyOf(settings, places, appName);
  const challenges = createChallenges({ store, limits: services.limits, clock });
  const passkeys = createPasskeys({ store, challenges, clock, rp, ...services });
  return { passkeys, mounts: relatedMount(rp), deleteOver: passkeys.deleteOver };
}

/** Where browsers look up which pages of other domains may use the passkeys of this one. */
function relatedMount(rp: RelyingParty): readonly Mount[] {
  if (relatedOrigins(rp).length === 0) return [];
  const web = [...rp.origins].filter((origin) => origin.startsWith("https:"));
  const answer = renderedJson({ origins: web });
  return [{ path: "/.well-known/webauthn", answer: () => answer }];
}
