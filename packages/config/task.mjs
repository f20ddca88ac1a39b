// Runs a task of turbo.json in every package that has it, also in a fresh clone: `node packages/config/task.mjs build`.
import "./right-node.mjs";

const { spawnSync } = await import("node:child_process");
const { prepareInstallation, root } = await import("./prepare.mjs");
const { reportSetupError } = await import("./setup-error.mjs");
const { turbo } = await import("./turbo.mjs");

try {
  await prepareInstallation();
} catch (error) {
  reportSetupError(error);
  process.exit(1);
}
const { command, args, options } = turbo(root, ["run", ...process.argv.slice(2)]);
process.exit(spawnSync(command, args, { ...options, stdio: "inherit" }).status ?? 1);
