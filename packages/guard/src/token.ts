import { errors, jwtVerify } from "jose";
import { type Caller, callerOf } from "./caller.js";
import type { Keys } from "./keys.js";

/** The server's are a fifth of this; anything longer is ignored. */
const MAX_TOKEN_LENGTH = 4096;

/** How far the clocks of the server and of this machine may differ. */
const TOLERANCE_SECONDS = 60;

/** Reads whose token this is, or why it is not accepted. */
export async function readToken(
  token: string,
  { algorithm, find }: Keys,
  issuer: string | undefined,
): Promise<Caller | "expired" | "invalid"> {
  if (token.length > MAX_TOKEN_LENGTH) return "invalid";
  try {
    const { payload } = await jwtVerify(token, find, {
      // The key decides the algorithm, never the token.
      algorithms: [algorithm],
      typ: "JWT",
      requiredClaims: ["sub", "sid", "jti", "iat", "exp"],
      // For `nbf`: the end of a token is exact.
      clockTolerance: TOLERANCE_SECONDS,
    });
    const nowSeconds = Date.now() / 1000;
    const { exp = 0, iat = 0, iss = issuer } = payload;
    // As on the server: one from the future was made by a clock that is wrong.
    if (iat > nowSeconds + TOLERANCE_SECONDS || (issuer !== undefined && iss !== issuer)) return "invalid";
    return exp <= nowSeconds ? "expired" : (callerOf(payload) ?? "invalid");
  } catch (error) {
    if (error instanceof errors.JWTExpired) return "expired";
    if (error instanceof errors.JOSEError) return "invalid";
    throw error;
  }
}
