// `npm test`, also in a fresh clone: installs and builds what is missing, sees to the programs that tests run against, runs vitest, counts.
// Further arguments are vitest's. Nothing may be installed yet: these files use Node's own modules only.
import "../packages/config/right-node.mjs";

const { prepare } = await import("../packages/config/prepare.mjs");
const { reportSetupError } = await import("../packages/config/setup-error.mjs");
const { ensureOptionalPrograms, ensureRedisServer } = await import("./programs.mjs");
const { closingLine, runVitest } = await import("./vitest-run.mjs");

// vitest reads paths from where the tests lie; people give them from the root, too.
const { exitCode, counts } = await run(process.argv.slice(2).map((arg) => arg.replace(/^test\//, "")));
process.stdout.write(`\n${closingLine(counts)}\n`);
process.exitCode = exitCode;

/** @param {string[]} args */
async function run(args) {
  try {
    await prepare();
    await ensureRedisServer();
    // Whoever asks for some files does not wait for what others need.
    if (args.length === 0 || args[0] === "--project") await ensureOptionalPrograms();
  } catch (error) {
    reportSetupError(error);
    return { exitCode: 1, counts: { passed: 0, failed: 1, skipped: 0 } };
  }
  return runVitest(args);
}
