/** A token, with or without its signature. */
export const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
/** JSON keys whose values are random or derived from random values. */
const RANDOM_VALUES: ReadonlyArray<readonly [kind: string, pattern: RegExp]> = [
  ["kid", /(?<="kid":")[\w-]+(?=")/g],
  ["coordinate", /(?<="[xy]":")[\w-]{43}(?=")/g],
  ["QR code", /(?<="qrCode":")<svg(?:[^"\\]|\\.)*/g],
  ["ticket", /(?<="ticket":")[\w-]{43}(?=")/g],
  ["app secret", /(?<=secret(?:":"|=))[A-Z2-7]{32}(?![A-Z2-7])/g],
  ["app code", /(?<="code":"|Latchkey-Code: )\d{6}(?="|\])/g],
  ["recovery code", /(?<=[[,]")[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){3}(?=")/g],
  ["hash", /(?<="hash":")[0-9a-f]{64}(?=")/g],
  ["request", /(?<="requestId":")[\w-]{8}-[0-9a-z]+(?=")/g],
  ["challenge", /(?<="challenge":")[\w-]{43}(?=")/g],
  ["credential", /(?<="(?:id|rawId)":")[\w-]{22}(?=")/g],
  ["user handle", /(?<="(?:id|userHandle)":")[\w-]{48}(?=")/g],
  [
    "bytes",
    /(?<="(?:clientDataJSON|authenticatorData|attestationObject|publicKey|signature)":")[\w-]+(?=")/g,
  ],
  ["trusted device", /(?<="trustedDevice":")[\w-]{43}(?=")/g],
  ["temporary password", /(?<="temporaryPassword":")[a-z0-9]{4}(?:-[a-z0-9]{4}){3}(?=")/g],
];

/** Replaces what differs from run to run with its kind and a number. The same value always gets the same number. */
export interface Mask {
  (text: string): string;
  /** Hides a value wherever it appears from now on. */
  hide(kind: string, value: string): void;
  /** Lines with the content of the tokens in a text that no earlier call has explained. */
  explainTokens(text: string): string[];
}

export function createMask(): Mask {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const hidden: string[] = [];
  const explained = new Set<string>();

  const nameOf = (kind: string, value: string): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const name = `<${kind} ${count}>`;
    names.set(value, name);
    return name;
  };

  const mask = (text: string): string => {
    let masked = text;
    for (const value of hidden) masked = masked.replaceAll(value, () => nameOf("secret", value));
    masked = masked.replace(TOKEN, (token) => nameOf("token", token));
    masked = masked.replace(UUID, (uuid) => {
      const lower = uuid.toLowerCase();
      const name = nameOf("uuid", lower);
      return uuid === lower ? name : name.toUpperCase();
    });
    for (const [kind, pattern] of RANDOM_VALUES) {
      masked = masked.replace(pattern, (value) => nameOf(kind, value));
    }
    return masked;
  };

  return Object.assign(mask, {
    hide(kind: string, value: string) {
      nameOf(kind, value);
      hidden.push(value);
    },
    explainTokens(text: string) {
      const fresh = [...new Set(text.match(TOKEN))].filter((token) => !explained.has(token));
      return fresh.map((token) => {
        explained.add(token);
        const [header = "", claims = ""] = token.split(".").map((part) => Buffer.from(part, "base64url"));
        return `  ${nameOf("token", token)} = ${mask(`${header} ${claims}`)}`;
      });
    },
  });
}
