// `kill -9` at random moments under load: nothing acknowledged is lost, nothing is half done, nothing ended
// comes back.
import { join } from "node:path";
import Database from "better-sqlite3";
import { forEach, times } from "./support/calls.js";
import { temporaryFolder } from "./support/children.js";
import { act, audit, type Entry, isAlive, type Verdict } from "./support/ledger.js";
import { openChance } from "./support/random.js";
import { expectNone, expectThat, prove, say } from "./support/report.js";
import { type Server, sleep, startServer } from "./support/server.js";

const ROUNDS = 30;
const CLIENTS = 8;
const OLD_TOKENS_ASKED = 150;

await prove("kill", async () => {
  const chance = openChance();
  say(`seed ${chance.seed}, ${ROUNDS} kills, ${CLIENTS} clients`);
  const databasePath = join(temporaryFolder(), "latchkey.db");
  const verdict: Verdict = { lost: [], half: [], revived: [], checked: 0 };
  const buried: string[] = [];
  const faults: string[] = [];
  let slowestStartMs = 0;
  let users = 0;

  let server: Server = await startServer({ databasePath });
  for (let round = 0; round < ROUNDS; round++) {
    const ledger: Entry[] = [];
    const acting = Promise.all(times(CLIENTS, () => act(server.client, chance, ledger)));
    await sleep(chance.between(20, 400));
    await server.stop("SIGKILL");
    faults.push(...(await acting).filter((fault) => fault !== undefined));

    server = await startServer({ databasePath });
    inspect(databasePath, verdict);
    slowestStartMs = Math.max(slowestStartMs, server.startMs);
    users += ledger.length;
    await forEach(ledger, (entry) => audit(server.client, entry, verdict));
    await forEach(
      times(OLD_TOKENS_ASKED, () => chance.pick(buried)),
      async (token) => {
        if (token !== undefined && (await isAlive(server.client, token)))
          verdict.revived.push("a token that was ended rounds ago is accepted");
      },
    );
    for (const { dead } of ledger) buried.push(...dead);
  }
  await server.stop("SIGTERM");

  say(`${users} users, ${buried.length} tokens ended, ${verdict.checked} promises checked`);
  expectThat(buried.length > ROUNDS && users > ROUNDS, "the load did something");
  expectNone(verdict.lost.length, `acknowledged and lost${sample(verdict.lost)}`);
  expectNone(verdict.half.length, `half made${sample(verdict.half)}`);
  expectNone(verdict.revived.length, `ended and revived${sample(verdict.revived)}`);
  expectNone(faults.length, `other answers than 200 before the kill${sample(faults)}`);
  expectThat(slowestStartMs < 10_000, `slowest start after a kill: ${slowestStartMs.toFixed(0)} ms`);
});

/** Checks the tables themselves, after the server has recovered them. */
function inspect(path: string, verdict: Verdict): void {
  const database = new Database(path, { readonly: true });
  const count = (sql: string) => database.prepare(sql).pluck().get() as number;
  const orphans = count(
    "SELECT count(*) FROM users LEFT JOIN user_info ON user_info.user_id = users.id WHERE user_info.id IS NULL",
  );
  if (orphans > 0) verdict.half.push(`${orphans} users without user_info`);
  const unlisted = count(
    `SELECT count(*) FROM sessions JOIN users ON users.id = sessions.user_id
     WHERE sessions.revoked_at IS NOT NULL AND sessions.id NOT IN (SELECT id FROM revocations)`,
  );
  if (unlisted > 0) verdict.half.push(`${unlisted} sessions revoked without a revocation`);
  const sound = database.pragma("integrity_check", { simple: true });
  if (sound !== "ok") verdict.lost.push(`integrity_check: ${sound}`);
  database.close();
}

function sample(texts: readonly string[]): string {
  return texts.length === 0 ? "" : ` (${texts.slice(0, 3).join("; ")})`;
}
