import { type ErrorDefinition, findError } from "@latchkey/contracts/kit/errors";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { AppError } from "../error.js";
import type { Endpoint } from "./procedure.js";

/** Replaces a token in an output when the token itself went into the cookie. */
export const TOKEN_IN_COOKIE = "";

/**
 * The endpoint, with the tokens in its output moved into the cookie if the caller uses one. A token that came
 * in a cookie never leaves it: otherwise a script could exchange it for one that it can read.
 */
export function keepInCookie({ session, raises }: ProcedureContract, endpoint: Endpoint): Endpoint {
  if (session === undefined) return endpoint;
  if ("ends" in session) return dropping(endpoint);
  const refused = findError(raises, "COOKIE_REFUSED");
  if (refused === undefined) throw new Error("A procedure that returns a token must declare COOKIE_REFUSED");
  return keeping(session.token, refused, endpoint);
}

function keeping(key: string, refused: ErrorDefinition, endpoint: Endpoint): Endpoint {
  return async (context, rawInput) => {
    const { cookie } = context;
    if (cookie === undefined) return endpoint(context, rawInput);
    // Before anything happens: otherwise a new session or an exchanged token would be lost.
    if (!cookie.open) throw new AppError(refused);
    try {
      const output = await endpoint(context, rawInput);
      // Safe: the contract's type says that the output is an object whose `key` holds the token.
      const { [key]: token } = output as Readonly<Record<string, string>>;
      cookie.keep(token ?? "");
      return { ...(output as object), [key]: TOKEN_IN_COOKIE };
    } catch (error) {
      // Only if the session is over: a token that another tab has just exchanged has a successor in the
      // browser.
      if (cookie.token !== undefined && error instanceof AppError && error.sessionOver) cookie.drop();
      throw error;
    }
  };
}

function dropping(endpoint: Endpoint): Endpoint {
  return async (context, rawInput) => {
    const { cookie } = context;
    if (cookie?.token === undefined) return endpoint(context, rawInput);
    try {
      const output = await endpoint(context, rawInput);
      cookie.drop();
      return output;
    } catch (error) {
      // A user who signs out with a dead token must end up signed out: no script can delete the cookie.
      if (error instanceof AppError && error.definition.status === 401) cookie.drop();
      throw error;
    }
  };
}
