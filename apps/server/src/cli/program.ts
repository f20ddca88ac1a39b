import { Command, type OutputConfiguration } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { addAuditCommands } from "./audit.js";
import { addBackupCommand } from "./backup.js";
import { addConfigCommands } from "./config.js";
import { addDoctorCommand } from "./doctor/command.js";
import { addFactorCommands } from "./factors.js";
import { addInvitationCommands } from "./invitations.js";
import { addKeyCommands } from "./keys.js";
import { addMailCommands } from "./mail.js";
import { addMigrateCommand } from "./migrate.js";
import { addRestoreCommand } from "./restore.js";
import type { Shell } from "./shell.js";
import { addStoreCommands } from "./store.js";
import { addTransferCommands } from "./transfer/commands.js";
import { addUserCommands } from "./users.js";

const AFTERWORD = `
Reads the same settings as the server, from the environment and from .env in
the current folder. A running server picks up every change immediately, and new
signing keys within 30 seconds.

For scripts: npm run --silent latchkey -- users list --json

Exit codes: 0 = done, 1 = refused, 2 = wrong usage, 3 = done, but some rows were
refused, 78 = invalid settings.`;

/** The operator's command with all its subcommands. `output` says where its help goes. */
export function createProgram(shell: Shell, output: OutputConfiguration): Command {
  const program = new Command("latchkey")
    .description("Administers a Latchkey server: its users, signing keys, mails, audit log and settings.")
    .option("--json", "Prints the answer or the error as one line of JSON.")
    .version(manifest.version, "-V, --version", "Prints the version.")
    .helpOption("-h, --help", "Prints this help.")
    .helpCommand("help [command]", "Prints the help of a command.")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ ...output, outputError: () => {} })
    .exitOverride();
  const users = addUserCommands(program, shell);
  addFactorCommands(users, shell);
  addInvitationCommands(users, shell);
  addTransferCommands(users, shell);
  addKeyCommands(program, shell);
  addMailCommands(program, shell);
  addAuditCommands(program, shell);
  addBackupCommand(program, shell);
  addRestoreCommand(program, shell);
  addStoreCommands(program, shell);
  addMigrateCommand(program, shell);
  addConfigCommands(program, shell);
  addDoctorCommand(program, shell);
  return program.addHelpText("after", AFTERWORD);
}
