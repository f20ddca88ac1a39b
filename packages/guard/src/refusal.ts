/** Why a request is refused, in the server's own words. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  /**
   * Permanent, to branch on. `UNAVAILABLE` means that the token could not be checked because the Latchkey
   * server did not answer: the caller should try again, not sign in again.
   */
  readonly code:
    | "TOKEN_MISSING"
    | "TOKEN_EXPIRED"
    | "TOKEN_INVALID"
    | "FORBIDDEN"
    | "FACTOR_REQUIRED"
    | "UNAVAILABLE";
  /** A sentence to show to the user. */
  readonly message: string;
  /** Whole seconds after which a retry may succeed. */
  readonly retryAfterSeconds?: number;
}

export const REFUSALS = {
  missing: { status: 401, code: "TOKEN_MISSING", message: "A bearer token is required." },
  expired: { status: 401, code: "TOKEN_EXPIRED", message: "The token has expired." },
  invalid: { status: 401, code: "TOKEN_INVALID", message: "The token is not valid." },
  forbidden: { status: 403, code: "FORBIDDEN", message: "You do not have permission to do this." },
  factor: { status: 403, code: "FACTOR_REQUIRED", message: "A second factor is required." },
  unavailable: {
    status: 503,
    code: "UNAVAILABLE",
    message: "The service is busy or degraded. Try again in a moment.",
    retryAfterSeconds: 1,
  },
} as const satisfies Readonly<Record<string, Refusal>>;

/** A refusal as an HTTP answer. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Formats a refusal as the Latchkey server formats its own. */
export function answerOf({ status, code, message, retryAfterSeconds }: Refusal): RefusalAnswer {
  const after = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return {
    status,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
      ...(retryAfterSeconds !== undefined && { "Retry-After": String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ error: { code, message, ...after } }),
  };
}
