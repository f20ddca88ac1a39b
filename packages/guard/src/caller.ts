/** What a user may do; an administrator may also do everything a user may. */
export type Role = "user" | "admin";

/** What a backend demands of its callers. */
export interface Demand {
  readonly role?: Role | undefined;
  /** `"mfa"`: the user gave a second factor when signing in, or a passkey that verified the user. */
  readonly requires?: "mfa" | undefined;
}

/** The owner of a request's token, according to the token. */
export interface Caller {
  /** The account's permanent id (a uuid, the token's `sub`): what your own rows should refer to. */
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  /** The session that the token belongs to; its successors belong to it too. */
  readonly sessionId: string;
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAtMs: number;
  /**
   * How the user signed in (RFC 8176): `pwd`, `otp`, `mfa` and others. Empty if the token does not say, as
   * after a password alone.
   */
  readonly amr: readonly string[];
  /** `2fa` if those are two factors, otherwise `1fa`; `undefined` if the token does not say. */
  readonly acr: string | undefined;
  /**
   * When the user last proved who they are, by signing in or by a confirmation since, in milliseconds since
   * 1970; `undefined` if the token does not say.
   */
  readonly authenticatedAtMs: number | undefined;
}

export function hasRole({ role }: Caller, wanted: Role): boolean {
  return wanted === "user" || role === wanted;
}

/** Whether the user signed in with more than one factor. */
export function hasSeveralFactors({ amr }: Caller): boolean {
  return amr.includes("mfa");
}

/** The caller described by verified claims; `undefined` if they are not those of an access token. */
export function callerOf(claims: Readonly<Record<string, unknown>>): Caller | undefined {
  const { sub, username, role, sid, exp, amr, acr, auth_time } = claims;
  if (typeof sub !== "string" || typeof username !== "string" || typeof sid !== "string") return undefined;
  if (typeof exp !== "number") return undefined;
  // Only administrators' tokens name a role; a role that this version does not know grants no rights.
  return {
    id: sub,
    username,
    role: role === "admin" ? "admin" : "user",
    sessionId: sid,
    expiresAtMs: exp * 1000,
    // What cannot be read grants nothing.
    amr: Array.isArray(amr) ? amr.filter((method) => typeof method === "string") : [],
    acr: typeof acr === "string" ? acr : undefined,
    authenticatedAtMs: typeof auth_time === "number" ? auth_time * 1000 : undefined,
  };
}
