import { resolve } from "node:path";
import type { Command } from "commander";
import type { ServerSettings } from "../wiring/settings.js";
import { checkBackup, copyingEngineOf } from "./copies.js";
import { CommandError } from "./failure.js";
import { printable } from "./output.js";
import { recordAct, type Services, withServices } from "./services.js";
import type { Shell } from "./shell.js";

interface RestoreOptions {
  readonly keepSessions?: boolean;
}

export function addRestoreCommand(program: Command, shell: Shell): void {
  program
    .command("restore")
    .description(
      "Puts a backup in the database's place while no server is running. The backup is checked and brought " +
        "up to date first, and the replaced database is kept beside it. All sessions end, because those that " +
        "were revoked since the backup would be valid again.",
    )
    .argument("<file>", "A file that `latchkey backup` made.")
    .option("--keep-sessions", "Keeps users signed in, including those who have signed out since the backup.")
    .action(async (file: string, options: RestoreOptions) => {
      const { users, ended, replaced } = await restore(resolve(file), options, shell);
      const shown = printable(file);
      const lines = [
        `Restored ${users} user${users === 1 ? "" : "s"} from ${shown}. ` +
          (ended ? "All sessions have ended." : "Sessions are as they were in the backup."),
        ...(replaced === undefined ? [] : [`The replaced database is kept as ${printable(replaced)}.`]),
      ];
      shell.tell({
        json: { restored: { file: resolve(file), users, sessionsEnded: ended, replaced: replaced ?? null } },
        text: lines.join("\n"),
      });
    });
}

async function restore(file: string, { keepSessions = false }: RestoreOptions, shell: Shell) {
  const server = shell.readSettings();
  const { host } = server.settings;
  const copying = copyingEngineOf(server.settings, "restore");
  const { rows } = await checkBackup(copying, file, server.settings);
  const progress = shell.startProgress("Copying", "pages");
  const prepared = await copying.copies
    .prepareRestore(host.databaseUrl, file, progress.update)
    .finally(progress.end);
  try {
    await prepare(withDatabase(server, prepared.url), keepSessions);
    const placed = prepared.putInPlace();
    if (placed === "inUse") {
      const message =
        "A server or a command has the database open. Stop it and try again; nothing was changed.";
      throw new CommandError("DATABASE_IN_USE", message);
    }
    return { users: rows.users ?? 0, ended: !keepSessions, replaced: placed.replaced };
  } finally {
    await prepared.discard();
  }
}

/** Brings the copy's tables up to date, ends its sessions, and says so in its audit log. */
function prepare(server: ServerSettings, keepSessions: boolean): Promise<void> {
  const change = async (services: Services) => {
    if (!keepSessions) await services.accounts.endAllSessions();
    const reason = keepSessions ? "sessions_kept" : "sessions_ended";
    await recordAct(services, { action: "database.restore", details: { reason } });
  };
  return withServices(server, change, { olderTables: "upgrade" });
}

/** The same settings for another database, without Redis, which knows the state of the replaced one. */
function withDatabase(server: ServerSettings, databaseUrl: string): ServerSettings {
  const { settings } = server;
  return {
    ...server,
    settings: { ...settings, host: { ...settings.host, databaseUrl, redisUrl: undefined } },
  };
}
