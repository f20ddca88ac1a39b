import type { Command } from "commander";
import { engineOf } from "../database/engines.js";
import { placeNow } from "../database/move/open.js";
import { MIGRATIONS } from "../host.js";
import { CommandError } from "./failure.js";
import { printable } from "./output.js";
import { recordAct, withServices } from "./services.js";
import type { Shell } from "./shell.js";

export function addMigrateCommand(program: Command, shell: Shell): void {
  program
    .command("migrate")
    .description(
      "Brings the tables of an older version up to date while no server is running, as the next start of the " +
        "server would. No other command changes them. Make a backup first: an older version cannot use the " +
        "database any more.",
    )
    .action(async () => {
      const applied = await migrate(shell);
      const done = `Brought the tables up to date: applied ${applied} migration${applied === 1 ? "" : "s"}.`;
      shell.tell({
        json: { migrated: { applied } },
        text: applied === 0 ? "The tables are up to date." : done,
      });
    });
}

/** Resolves to how many migrations were missing. */
async function migrate(shell: Shell): Promise<number> {
  const server = shell.readSettings();
  const { pool, pooler } = server.settings.host;
  const { url: databaseUrl } = placeNow(server.settings.host.databaseUrl);
  const engine = engineOf(databaseUrl);
  const place = { url: databaseUrl, migrations: MIGRATIONS, pool, pooler };
  const inspection = await engine.inspect(place);
  if (inspection.state === "absent") {
    throw new CommandError("NO_DATABASE", `There is no database at ${printable(databaseUrl)}.`);
  }
  // A database that cannot be used is refused, with the reason, when it is opened.
  const pending = inspection.state === "sound" ? inspection.migrations.pending : 0;
  if (pending > 0 && (await engine.isUpgradeDisruptive(place))) {
    throw new CommandError(
      "DATABASE_IN_USE",
      "A server or a command has the database open, and would stop serving it. Stop it and try again; nothing " +
        "was changed.",
    );
  }
  await withServices(
    server,
    async (services) => {
      if (pending > 0) await recordAct(services, { action: "database.migrate", details: { count: pending } });
    },
    { olderTables: "upgrade" },
  );
  return pending;
}
