/** Whom passkeys are made for, and whose pages may ask for them. */
export interface RelyingParty {
  /** A domain: passkeys of it work on its own pages and on those of all domains below it. */
  readonly id: string;
  /** What users call the service. */
  readonly name: string;
  /** The origins of pages and apps that may begin a ceremony. */
  readonly origins: ReadonlySet<string>;
}

/** Where a server and its pages are, as far as the settings say. */
export interface Places {
  readonly appUrl: string | undefined;
  readonly publicUrl: string | undefined;
  readonly corsOrigins: ReadonlySet<string>;
}

const DEVELOPMENT_URL = "http://localhost:3000";

/** The relying party by the settings; what they leave out follows from where the pages are. */
export function relyingPartyOf(
  settings: { readonly rpId: string | undefined; readonly origins: ReadonlySet<string> | undefined },
  { appUrl, publicUrl, corsOrigins }: Places,
  name: string,
): RelyingParty {
  const main = appUrl ?? publicUrl ?? DEVELOPMENT_URL;
  const urls = [main, publicUrl].flatMap((url) => (url === undefined ? [] : new URL(url).origin));
  const origins = settings.origins ?? new Set([...urls, ...corsOrigins]);
  return { id: settings.rpId ?? new URL(main).hostname, name, origins };
}

/** Whether browsers let a page of this origin use passkeys of the domain without further ado. */
export function isOfDomain(origin: string, id: string): boolean {
  if (!/^https?:/.test(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === id || hostname.endsWith(`.${id}`);
}

/** The origins of pages of other domains, which browsers look up at the domain's `/.well-known/webauthn`. */
export function relatedOrigins({ id, origins }: RelyingParty): readonly string[] {
  return [...origins].filter((origin) => origin.startsWith("https:") && !isOfDomain(origin, id));
}
