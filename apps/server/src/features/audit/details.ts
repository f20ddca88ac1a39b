/** What an entry may say besides; nothing else is kept. No secret, no mail address and no text that a stranger chose is among it. */
export interface AuditDetails {
  /** The names of the fields that were changed. */
  readonly fields?: readonly string[];
  readonly role?: string;
  /** A session's id. */
  readonly session?: string;
  /** What lies behind the outcome: a word of ours. */
  readonly reason?: string;
  /** How many rows, accounts or sessions it was about. */
  readonly count?: number;
  /** How many more of the same there were that have no entry of their own. */
  readonly repeated?: number;
}

const MAX_TEXT = 200;
const ALLOWED = ["count", "fields", "reason", "repeated", "role", "session"] as const satisfies ReadonlyArray<
  keyof AuditDetails
>;

/** The details as they are kept: known names in the order of the alphabet, bounded values; `null` where nothing is left. */
export function encodeDetails(details: AuditDetails = {}): string | null {
  const kept = ALLOWED.flatMap((name) => {
    const value = details[name];
    if (value === undefined) return [];
    const text = Array.isArray(value) ? value.join(",") : value;
    return [[name, typeof text === "number" ? text : String(text).slice(0, MAX_TEXT)] as const];
  });
  return kept.length === 0 ? null : JSON.stringify(Object.fromEntries(kept));
}
