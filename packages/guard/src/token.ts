import { errors, jwtVerify } from "jose";
import { type Caller, callerOf } from "./caller.js";
import type { Keys } from "./keys.js";

/** The server's are a fifth of this; anything longer is ignored. */
const MAX_TOKEN_LENGTH = 4096;

/** Reads whose token this is, or why it is not accepted. */
export async function readToken(
  token: string,
  { algorithm, find }: Keys,
): Promise<Caller | "expired" | "invalid"> {
  if (token.length > MAX_TOKEN_LENGTH) return "invalid";
  try {
    const { payload } = await jwtVerify(token, find, {
      // The key decides the algorithm, never the token.
      algorithms: [algorithm],
      typ: "JWT",
      requiredClaims: ["sub", "sid", "jti", "iat", "exp"],
    });
    return callerOf(payload) ?? "invalid";
  } catch (error) {
    if (error instanceof errors.JWTExpired) return "expired";
    if (error instanceof errors.JOSEError) return "invalid";
    throw error;
  }
}
