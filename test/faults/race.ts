// Two processes on one SQLite file, then also with one Redis: one winner per race, no stale answer, no 5xx.
import { join } from "node:path";
import {
  describe,
  login,
  logout,
  refresh,
  reset,
  STRICT,
  signIn,
  signUp,
  times,
  tokenOf,
  verify,
} from "./support/calls.js";
import { temporaryFolder } from "./support/children.js";
import type { Outcome } from "./support/http.js";
import { openRedis } from "./support/redis.js";
import { expectNone, expectThat, prove, say, tally } from "./support/report.js";
import { type Server, startServer } from "./support/server.js";

const REFRESH_RACES = 20;
const REFRESHERS = 50;
const RESET_RACES = 10;
const RESETTERS = 15;
const STALE_ROUNDS = 150;
const LANES = 4;

await prove("race", async () => {
  await race("SQLite", {});
  const redis = await openRedis();
  await race("Redis", { REDIS_URL: redis.url });
  await redis.stop();
});

async function race(engine: string, environment: Record<string, string>): Promise<void> {
  const options = {
    databasePath: join(temporaryFolder(), "latchkey.db"),
    environment: { ...environment, ...STRICT },
  };
  const servers = [await startServer(options), await startServer(options)];
  const client = (i: number) => (servers[i % 2] as Server).client;
  const seen: Outcome[] = [];
  const note = (outcomes: readonly Outcome[]) => {
    seen.push(...outcomes);
    return outcomes;
  };

  let otherWinners = 0;
  let deadSuccessors = 0;
  for (let i = 0; i < REFRESH_RACES; i++) {
    const { token } = await signUp(client(i));
    const answers = note(await Promise.all(times(REFRESHERS, (lane) => refresh(client(lane), token))));
    const winners = answers.filter(({ status }) => status === 200);
    if (winners.length !== 1) otherWinners++;
    for (const winner of winners)
      if ((await verify(client(i + 1), tokenOf(winner))).status !== 200) deadSuccessors++;
  }
  expectNone(
    otherWinners,
    `${engine}: refresh races of ${REFRESHERS} without exactly one winner, of ${REFRESH_RACES}`,
  );
  expectNone(deadSuccessors, `${engine}: winners' tokens refused`);

  let wrongResets = 0;
  let wrongPasswords = 0;
  for (let i = 0; i < RESET_RACES; i++) {
    const { email, token } = await signUp(client(i));
    const change = (lane: number) => ({ old: "correct horse battery", new: `password of ${lane}` });
    const answers = note(
      await Promise.all(times(RESETTERS, (lane) => reset(client(lane), email, change(lane)))),
    );
    const winner = answers.findIndex(({ status }) => status === 200);
    if (answers.filter(({ status }) => status === 200).length !== 1) wrongResets++;
    if ((await login(client(i), email, change(winner).new)).status !== 200) wrongPasswords++;
    if ((await login(client(i + 1), email)).status === 200) wrongPasswords++;
    if ((await verify(client(i + 1), token)).status !== 401) wrongPasswords++;
  }
  expectNone(
    wrongResets,
    `${engine}: reset races of ${RESETTERS} without exactly one 200, of ${RESET_RACES}`,
  );
  expectNone(
    wrongPasswords,
    `${engine}: the winner's password refused, or the old one or an old session accepted`,
  );

  const stale = await revokeAndAsk(servers, note);
  expectNone(
    stale.length,
    `${engine}: stale answers in ${STALE_ROUNDS * LANES} revocations${stale[0] ? ` (${stale[0]})` : ""}`,
  );
  const faults = seen.filter(({ status }) => status >= 500 || status === 0);
  say(`${engine}: ${seen.length} answers: ${tally(seen.map(({ status }) => status))}`);
  expectNone(faults.length, `${engine}: 5xx or no answer${faults[0] ? ` (${describe(faults[0])})` : ""}`);
  const codes = await Promise.all(servers.map((server) => server.stop("SIGTERM")));
  expectThat(
    codes.every((code) => code === 0),
    `${engine}: exit codes ${codes.join(", ")}`,
  );
}

/** Ends a session on one process, and asks about it on the other as soon as that is answered. */
async function revokeAndAsk(
  servers: readonly Server[],
  note: (outcomes: readonly Outcome[]) => readonly Outcome[],
): Promise<string[]> {
  const stale: string[] = [];
  await Promise.all(
    times(LANES, async (lane) => {
      const { client: own } = servers[lane % 2] as Server;
      const { client: other } = servers[(lane + 1) % 2] as Server;
      const { email } = await signUp(own);
      for (let i = 0; i < STALE_ROUNDS; i++) {
        const token = await signIn(own, email);
        note([await verify(other, token)]); // In both processes' caches.
        const [ended] = note([i % 2 ? await logout(own, token) : await refresh(own, token)]);
        const [asked, exchanged] = note([await verify(other, token), await refresh(other, token)]);
        if (ended?.status !== 200) stale.push(`could not be ended: ${ended?.status}`);
        if (asked?.status !== 401) stale.push(`verify ${asked?.status}`);
        if (exchanged?.status !== 403) stale.push(`refresh ${exchanged?.status}`);
      }
    }),
  );
  return stale;
}
