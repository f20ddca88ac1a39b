import type { AuthState } from "@latchkey/client";
import { cache } from "react";
import { latchkeyForPage } from "./latchkey";

/** The state of the session, asked once for each rendering. */
export const currentSession = cache(async (): Promise<AuthState> => {
  const { getUser } = await latchkeyForPage();
  const { data: user, error } = await getUser();
  if (error === null) return { status: "signed-in", user };
  const isSignedOut = error.code === "TOKEN_MISSING" || error.code === "TOKEN_INVALID";
  // Otherwise it is not known: Latchkey could not be reached, or the browser is about to renew the token.
  return isSignedOut ? { status: "signed-out" } : { status: "pending" };
});
