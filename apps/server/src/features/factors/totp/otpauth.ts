import { fromBase32, toBase32 } from "./base32.js";
import type { TotpAlgorithm, TotpSecret } from "./code.js";

/** What an authenticator app shows with its codes. */
interface TotpLabel {
  readonly issuer: string;
  readonly account: string;
}

/** What authenticator apps compute unless they are told otherwise; some of them ignore what they are told. */
const USUAL = { algorithm: "SHA1", digits: 6, periodSeconds: 30 } as const;
/** RFC 4226 4 asks for 128 bits. Services that used fewer exist, and what they gave away can be imported. */
const FEWEST_BYTES = 10;
const MOST_BYTES = 128;
const MOST_SECONDS = 300;

/** A new secret, of these bytes, as every authenticator app understands it. */
export function usualSecret(bytes: Uint8Array): TotpSecret {
  return { bytes, ...USUAL };
}

/** The URI that a QR code carries to an authenticator app. */
export function otpauthUri(secret: TotpSecret, { issuer, account }: TotpLabel): string {
  // The colon separates the two, so the issuer must have none.
  const label = `${encodeURIComponent(issuer.replaceAll(":", " "))}:${encodeURIComponent(account)}`;
  const query = [...parametersOf(secret), ["issuer", issuer.replaceAll(":", " ")] as const];
  return `otpauth://totp/${label}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

/** The secret in such a URI, by whichever program; `undefined` if it has none that can be used. */
export function parseOtpauthUri(uri: string): TotpSecret | undefined {
  const query = /^otpauth:\/\/totp\/[^?]*\?([^#]*)/i.exec(uri)?.[1];
  return query === undefined ? undefined : secretOf(new URLSearchParams(query));
}

/** The text that is stored, before it is sealed: the secret alone if everything else is as usual. */
export function toStored(secret: TotpSecret): string {
  const [[, base32], ...others] = parametersOf(secret);
  const said = others.filter(([name, value]) => value !== String(usualOf(name)));
  return said.length === 0 ? base32 : `${base32}?${said.map((each) => each.join("=")).join("&")}`;
}

export function fromStored(text: string): TotpSecret | undefined {
  const [base32 = "", query = ""] = text.split("?");
  const parameters = new URLSearchParams(query);
  parameters.set("secret", base32);
  return secretOf(parameters);
}

function parametersOf({ bytes, algorithm, digits, periodSeconds }: TotpSecret) {
  return [
    ["secret", toBase32(bytes)],
    ["algorithm", algorithm],
    ["digits", String(digits)],
    ["period", String(periodSeconds)],
  ] as const;
}

function usualOf(name: "algorithm" | "digits" | "period") {
  return { algorithm: USUAL.algorithm, digits: USUAL.digits, period: USUAL.periodSeconds }[name];
}

function secretOf(parameters: URLSearchParams): TotpSecret | undefined {
  const bytes = fromBase32(parameters.get("secret") ?? "");
  const algorithm = algorithmOf(parameters.get("algorithm") ?? USUAL.algorithm);
  const digits = Number(parameters.get("digits") ?? USUAL.digits);
  const periodSeconds = Number(parameters.get("period") ?? USUAL.periodSeconds);
  if (bytes === undefined || bytes.length < FEWEST_BYTES || bytes.length > MOST_BYTES) return undefined;
  if (algorithm === undefined || (digits !== 6 && digits !== 7 && digits !== 8)) return undefined;
  if (!Number.isInteger(periodSeconds) || periodSeconds < 1 || periodSeconds > MOST_SECONDS) return undefined;
  return { bytes, algorithm, digits, periodSeconds };
}

/** Also as others write it: `HmacSHA1`, `sha-256`. */
function algorithmOf(text: string): TotpAlgorithm | undefined {
  const name = text.toUpperCase().replace(/^HMAC/, "").replaceAll("-", "");
  return name === "SHA1" || name === "SHA256" || name === "SHA512" ? name : undefined;
}
