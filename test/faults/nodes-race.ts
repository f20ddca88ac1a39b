// Nothing breaks: three servers, one PostgreSQL, everything at once.
import {
  login,
  logout,
  refresh,
  register,
  STRICT,
  signIn,
  signUp,
  times,
  tokenOf,
  verify,
} from "./support/calls.js";
import { isHonest, type Outcome } from "./support/http.js";
import { startNodes, type Trouble } from "./support/nodes.js";
import { databaseUrl, openPostgres } from "./support/postgres.js";
import { expectNone, expectThat, quantile, say, tally } from "./support/report.js";
import type { Server } from "./support/server.js";

const REVOCATIONS = 10_000;
const LANES = 12;
const REFRESH_RACES = 20;
const REFRESHERS = 48;
const GUESS_ROUNDS = 5;
const GUESSES = 200;
const GUESSES_COMPARED = 10;

export const races: readonly Trouble[] = [
  { name: "revocations on three servers", run: revocations },
  { name: "refresh races on three servers", run: refreshes },
  { name: "guesses on three servers", run: guesses },
];

/** Every token was accepted by all servers before; it is ended at one, and all are asked when that is answered. */
async function revocations(name: string): Promise<void> {
  const postgres = await openPostgres();
  const { servers, stop } = await startNodes(
    times(3, () => databaseUrl(postgres.port)),
    STRICT,
  );
  const waits: number[] = [];
  const stale: string[] = [];
  const faults: string[] = [];
  let left = REVOCATIONS;
  const at = (i: number) => (servers[i % servers.length] as Server).client;
  const askAll = (token: string) => Promise.all(servers.map(({ client }) => verify(client, token)));
  const lane = async (number: number) => {
    const { email } = await signUp(at(number));
    let token = await signIn(at(number), email);
    for (let turn = number; left-- > 0; turn++) {
      for (const { status } of await askAll(token)) if (status !== 200) faults.push(`alive: ${status}`);
      const ends = turn % 4 === 0;
      const ended = await (ends ? logout : refresh)(at(turn), token);
      if (ended.status !== 200) faults.push(`could not be ended: ${ended.status}`);
      waits.push(ended.ms);
      for (const { status } of await askAll(token)) {
        if (status === 200) stale.push(ends ? "logout" : "refresh");
        else if (status !== 401) faults.push(`dead: ${status}`);
      }
      token = ends ? await signIn(at(turn + 1), email) : tokenOf(ended);
    }
  };
  await Promise.all(times(LANES, lane));
  say(
    `${name}: ended within p50 ${quantile(waits, 0.5).toFixed(1)}, p99 ${quantile(waits, 0.99).toFixed(0)} ms`,
  );
  expectNone(stale.length, `${name}: accepted, of ${waits.length} revocations asked at each server`);
  expectNone(faults.length, `${name}: other answers than expected${faults[0] ? ` (${faults[0]})` : ""}`);
  await stop();
  await postgres.remove();
}

async function refreshes(name: string): Promise<void> {
  const postgres = await openPostgres();
  const { servers, client, stop } = await startNodes(
    times(3, () => databaseUrl(postgres.port)),
    STRICT,
  );
  let wrong = 0;
  let refused = 0;
  for (let race = 0; race < REFRESH_RACES; race++) {
    const { token } = await signUp(client);
    const answers = await Promise.all(times(REFRESHERS, () => refresh(client, token)));
    const winners = answers.filter(({ status }) => status === 200);
    if (winners.length !== 1) wrong++;
    for (const { client: each } of servers)
      for (const winner of winners) if ((await verify(each, tokenOf(winner))).status !== 200) refused++;
  }
  expectNone(wrong, `${name}: of ${REFRESHERS} at once not exactly one winner, of ${REFRESH_RACES}`);
  expectNone(refused, `${name}: winners' tokens refused`);
  await stop();
  await postgres.remove();
}

/** One counter for all servers, exact however many guess at once. */
async function guesses(name: string): Promise<void> {
  const postgres = await openPostgres();
  const limits = { GUESSES_PER_ACCOUNT_AND_NETWORK: String(GUESSES_COMPARED) };
  const { client, stop } = await startNodes(
    times(3, () => databaseUrl(postgres.port)),
    limits,
  );
  const compared: number[] = [];
  const all: Outcome[] = [];
  for (let round = 0; round < GUESS_ROUNDS; round++) {
    const email = `guessed${round}@example.com`;
    await register(client, email);
    const answers = await Promise.all(times(GUESSES, (i) => login(client, email, `wrong password ${i}`)));
    all.push(...answers);
    compared.push(answers.filter(({ status }) => status === 401 || status === 400).length);
  }
  say(`${name}: ${tally(all.map(({ status }) => status))}`);
  expectThat(
    compared.every((count) => count <= GUESSES_COMPARED) && compared.some((count) => count > 0),
    `${name}: compared of ${GUESSES} at once, where ${GUESSES_COMPARED} are allowed: ${compared.join(", ")}`,
  );
  expectNone(all.filter((answer) => answer.status === 0 || !isHonest(answer)).length, `${name}: 5xx`);
  await stop();
  await postgres.remove();
}
