import { createServerClient, type ServerClient } from "@latchkey/client/server";
import { cookies, headers } from "next/headers";
import { browserHeaders } from "./browser-headers";
import { latchkeySettings } from "./settings";

/** Latchkey for a rendered page, which cannot set cookies: the proxy has renewed the session already. */
export async function latchkeyForPage(): Promise<ServerClient> {
  const store = await cookies();
  return createServerClient({
    ...latchkeySettings(),
    headers: browserHeaders(await headers()),
    cookies: { getAll: () => store.getAll() },
  });
}

/** Latchkey for a server action, whose answer can begin and end a session. */
export async function latchkeyForAction(): Promise<ServerClient> {
  const store = await cookies();
  return createServerClient({
    ...latchkeySettings(),
    headers: browserHeaders(await headers()),
    cookies: {
      getAll: () => store.getAll(),
      setAll(all) {
        for (const { name, value, options } of all) store.set(name, value, options);
      },
    },
  });
}
