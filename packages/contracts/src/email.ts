const ATOM = "\\p{L}\\p{N}\\p{M}!#$%&'*+/=?^_`{|}~\\-";
const LOCAL_PART = new RegExp(`^[${ATOM}]+(?:\\.[${ATOM}]+)*$`, "u");
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u;
const MAX_LOCAL_CODE_POINTS = 64;
const MAX_DOMAIN_CHARACTERS = 253;
const MAX_LABEL_CHARACTERS = 63;
const MAX_ADDRESS_BYTES = 254;

/**
 * An address as Pydantic 1's EmailStr takes it, with outer blanks trimmed and the domain in lower case;
 * `undefined` where EmailStr would refuse. Unlike it, `.test`, `.local` and `.invalid` are accepted and
 * `Name <a@b.com>` is not.
 */
export function normaliseEmail(text: string): string | undefined {
  const address = text.trim();
  // A longer text cannot be an address: spare the expressions below the work.
  if (address.length > 4 * MAX_ADDRESS_BYTES) return undefined;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, Math.max(at, 0));
  const domain = address.slice(at + 1);
  if ([...local].length > MAX_LOCAL_CODE_POINTS || !LOCAL_PART.test(local)) return undefined;

  const labels = domain.split(".");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return undefined;
  const ascii = asciiDomain(domain);
  if (ascii === undefined || ascii.length > MAX_DOMAIN_CHARACTERS) return undefined;
  if (!/[a-z]$/.test(ascii) || ascii.split(".").some((label) => label.length > MAX_LABEL_CHARACTERS))
    return undefined;

  if (new TextEncoder().encode(local).length + 1 + ascii.length > MAX_ADDRESS_BYTES) return undefined;
  return `${local}@${domain.toLowerCase()}`;
}

/** What addresses and usernames are compared by: NFC, without letter case. */
export function comparisonKey(text: string): string {
  return text.trim().normalize("NFC").toLowerCase().normalize("NFC");
}

function asciiDomain(domain: string): string | undefined {
  const address = `http://${domain}`;
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}
