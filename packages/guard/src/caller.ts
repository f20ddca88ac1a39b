/** What a user may do; an administrator may also do everything a user may. */
export type Role = "user" | "admin";

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
}

export function hasRole({ role }: Caller, wanted: Role): boolean {
  return wanted === "user" || role === wanted;
}

/** The caller described by verified claims; `undefined` if they are not those of an access token. */
export function callerOf(claims: Readonly<Record<string, unknown>>): Caller | undefined {
  const { sub, username, role, sid, exp } = claims;
  if (typeof sub !== "string" || typeof username !== "string" || typeof sid !== "string") return undefined;
  if (typeof exp !== "number") return undefined;
  // Only administrators' tokens name a role; a role that this version does not know grants no rights.
  return {
    id: sub,
    username,
    role: role === "admin" ? "admin" : "user",
    sessionId: sid,
    expiresAtMs: exp * 1000,
  };
}
