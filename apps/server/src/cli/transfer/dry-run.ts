import { engineOf } from "../../database/engines.js";
import { placeNow } from "../../database/move/open.js";
import { MIGRATIONS } from "../../host.js";
import type { ServerSettings } from "../../wiring/settings.js";

/**
 * Provides settings whose database is a copy of the current one, which is deleted afterwards: what is tried
 * on it happens as it would, and has no effect.
 */
export async function onCopy<T>(
  server: ServerSettings,
  use: (copy: ServerSettings) => Promise<T>,
): Promise<T> {
  const databaseUrl = placeNow(server.settings.host.databaseUrl).url;
  const place = { ...server.settings.host, url: databaseUrl, migrations: MIGRATIONS };
  const { url, discard } = await engineOf(databaseUrl).copyForTrial(place);
  try {
    const host = { ...server.settings.host, databaseUrl: url, redisUrl: undefined };
    return await use({ ...server, settings: { ...server.settings, host } });
  } finally {
    await discard();
  }
}
