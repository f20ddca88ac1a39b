import { createClient } from "@latchkey/client";
import { createPasskeys } from "@latchkey/client/passkeys";
import { createQueries } from "@latchkey/client/query";

const url: string = import.meta.env.VITE_LATCHKEY_URL ?? "http://localhost:8000";
const session = import.meta.env.VITE_LATCHKEY_SESSION === "cookie" ? "cookie" : "token";

/** The page's only client: it keeps the session, renews its token, and stays in step with other tabs. */
export const client = createClient({ url, session });

/** The server's procedures for TanStack Query. */
export const queries = createQueries(client);

/** What users do with passkeys. */
export const passkeys = createPasskeys(client);
