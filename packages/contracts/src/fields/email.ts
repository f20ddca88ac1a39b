/**
 * RFC 5322's atom characters, plus those that RFC 6531 adds for international local parts: no whitespace, no
 * control characters.
 */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-]|(?![\\0-\\x7f])[\\p{L}\\p{N}\\p{P}\\p{S}\\p{M}]";
const LOCAL_PART = new RegExp(`^(?!\\p{M})(?:${ATOM})+(?:\\.(?:${ATOM})+)*$`, "u");
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u;
/** Every character that separates labels (UTS 46). */
const DOTS = /[.\u3002\uff0e\uff61]/;
/** Names that no mail can reach (RFC 6761). */
const NOT_FOR_MAIL = /\.(?:arpa|localhost|onion)$/;
/** IDNA reserves hyphens in the third and fourth position for its own prefix (RFC 5891 4.2.3.1). */
const RESERVED_LABEL = /^(?!xn--)..--/iu;
const BLANKS = /\p{Zs}+/gu;
const NOT_ASCII = /[^\0-\x7f]/;
const MAX_LOCAL_CODE_POINTS = 64;
const MAX_DOMAIN_CHARACTERS = 253;
const MAX_LABEL_CHARACTERS = 63;
const MAX_ADDRESS_BYTES = 254;

/**
 * An address as Pydantic 1's EmailStr accepts it, with surrounding whitespace trimmed and the domain in lower
 * case; `undefined` if EmailStr would refuse it. Unlike EmailStr, this accepts `.test`, `.local` and
 * `.invalid`, and refuses `Name <a@b.com>`.
 */
export function normaliseEmail(text: string): string | undefined {
  const address = text.trim();
  // A longer text cannot be an address, so the expressions below need not run.
  if (address.length > 4 * MAX_ADDRESS_BYTES) return undefined;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, Math.max(at, 0));
  const domain = address.slice(at + 1);
  if ([...local].length > MAX_LOCAL_CODE_POINTS || !LOCAL_PART.test(local)) return undefined;

  const labels = domain.normalize("NFC").split(DOTS);
  const isLabel = (label: string) => LABEL.test(label) && !RESERVED_LABEL.test(label);
  if (labels.length < 2 || !labels.every(isLabel)) return undefined;
  const ascii = asciiDomain(domain);
  if (ascii === undefined || ascii.length > MAX_DOMAIN_CHARACTERS) return undefined;
  if (!/[a-z]$/.test(ascii) || NOT_FOR_MAIL.test(ascii)) return undefined;
  if (ascii.split(".").some((label) => label.length > MAX_LABEL_CHARACTERS)) return undefined;

  if (new TextEncoder().encode(local).length + 1 + ascii.length > MAX_ADDRESS_BYTES) return undefined;
  return `${local}@${domain.toLowerCase()}`;
}

/**
 * THE key by which addresses and usernames are compared: NFC, ignoring letter case. All blanks count as one
 * U+0020, as in nicknames (RFC 8266): pages show them alike. The domain of an address is in its ASCII form
 * (UTS 46), because that is where its mail goes: `example。com` is `example.com`.
 */
export function comparisonKey(text: string): string {
  const folded = foldedText(text);
  const start = folded.lastIndexOf("@") + 1;
  if (start === 0) return folded.replace(BLANKS, " ");
  const domain = folded.slice(start);
  if (!NOT_ASCII.test(domain) || !isLabelled(domain)) return folded;
  return folded.slice(0, start) + (asciiDomain(domain) ?? domain);
}

/** A text in NFC and without letter case: the oldest form of keys. */
export function foldedText(text: string): string {
  const trimmed = text.trim();
  // Nothing that long can be registered, and normalising takes quadratic time when combining marks pile up.
  if (trimmed.length > 4 * MAX_ADDRESS_BYTES) return trimmed;
  return trimmed.normalize("NFC").toLowerCase().normalize("NFC");
}

/**
 * Whether a text consists of labels, so that it can only be a domain: `new URL` finds one in
 * `example.com/path` too. The last label may be missing while a user is still typing it.
 */
function isLabelled(domain: string): boolean {
  const labels = domain.split(DOTS);
  return labels.every((label, i) => LABEL.test(label) || (label === "" && i === labels.length - 1));
}

function asciiDomain(domain: string): string | undefined {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    // Not `URL.canParse`: once optimised, Node 22's version refuses every domain with letters such as é.
    return undefined;
  }
}
