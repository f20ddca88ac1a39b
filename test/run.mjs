// `npm test`, even in a fresh clone: installs and builds what is missing, provides the programs that tests
// run against, runs vitest and counts. Further arguments are passed to vitest. At this point nothing may be
// installed yet: these files use only Node's own modules.
import "../packages/config/right-node.mjs";

const { prepare, prepareInstallation } = await import("../packages/config/prepare.mjs");
const { reportSetupError } = await import("../packages/config/setup-error.mjs");
const { ensureOptionalPrograms, ensurePostgres, ensureRedisServer } = await import("./programs.mjs");
const { closingLine, runVitest } = await import("./vitest-run.mjs");

// vitest expects paths relative to the tests' folder; people also pass paths from the root.
const { exitCode, counts } = await run(
  chooseEngine(process.argv.slice(2)).map((arg) => arg.replace(/^test\//, "")),
);
process.stdout.write(`\n${closingLine(counts)}\n`);
process.exitCode = exitCode;

/** @param {string[]} args */
async function run(args) {
  try {
    // Quick tests run the sources: they need nothing that is built.
    await (args[1] === "quick" ? prepareInstallation() : prepare());
    await ensureRedisServer();
    await ensurePostgres();
    // A run of selected files does not wait for what other files need.
    if (args.length === 0 || args[0] === "--project") await ensureOptionalPrograms();
  } catch (error) {
    reportSetupError(error);
    return { exitCode: 1, counts: { passed: 0, failed: 1, skipped: 0 } };
  }
  return runVitest(args);
}

/**
 * `--engine postgres`: servers that tests start keep their data there. `--engine pgbouncer`: there as well, and
 * servers and stores reach it through a pooler. Tells the workers, and returns the other arguments: without any, the
 * tests that start servers.
 * @param {string[]} args
 */
function chooseEngine(args) {
  const at = args.indexOf("--engine");
  if (at < 0) return args;
  process.env.LATCHKEY_TEST_ENGINE = args[at + 1] ?? "";
  const others = args.toSpliced(at, 2);
  return others.length > 0 ? others : ["server/", "seeds/", "recorded/", "client/"];
}
