import {
  describe,
  freshEmail,
  login,
  logout,
  me,
  PASSWORD,
  refresh,
  register,
  reset,
  signIn,
  signUp,
  times,
  tokenOf,
  verify,
} from "./calls.js";
import { isHonest, type Outcome } from "./http.js";
import { expectNone, expectThat, say, tally } from "./report.js";
import { type Server, sleep } from "./server.js";

const NORMAL_WITHIN_MS = 5000;
const LATEST_MS = 3000;

/** A user, and what was acknowledged to it. */
export interface Kept {
  readonly email: string;
  password: string;
  readonly live: string[];
  readonly dead: string[];
}

/** Everything that a client can do, again and again; records what was acknowledged. */
export async function useIt(
  { client }: Server,
  isOver: () => boolean,
  kept: Kept[],
): Promise<Map<string, Outcome[]>> {
  const seen = new Map<string, Outcome[]>();
  const note = (name: string, outcome: Outcome) => {
    seen.set(name, [...(seen.get(name) ?? []), outcome]);
    return outcome.status === 200 ? outcome : undefined;
  };
  for (let i = 0; !isOver(); i++) {
    const one = kept[i % kept.length] as Kept;
    const [token = ""] = one.live;
    note("verify", await verify(client, token));
    note("me", await me(client, token));
    const entered = note("login", await login(client, one.email, one.password));
    if (entered) one.live.push(tokenOf(entered));
    const [first = "", second = ""] = one.live;
    const refreshed = one.live.length > 1 && note("refresh", await refresh(client, second));
    if (refreshed) one.dead.push(...one.live.splice(1, 1, tokenOf(refreshed)));
    if (one.live.length > 2 && note("logout", await logout(client, first)))
      one.dead.push(...one.live.splice(0, 1));
    const changed = `password ${i}`;
    if (i % 5 === 4 && note("reset", await reset(client, one.email, { old: one.password, new: changed }))) {
      one.dead.push(...one.live.splice(0));
      one.password = changed;
      one.live.push(await signIn(client, one.email, changed).catch(() => ""));
    }
    const email = freshEmail();
    if (note("register", await register(client, email)))
      kept.push({ email, password: PASSWORD, live: [], dead: [] });
    await sleep(10);
  }
  return seen;
}

/** A few users. */
export async function begin({ client }: Server): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const _ of times(5, Number)) {
    const { email, token } = await signUp(client);
    kept.push({ email, password: PASSWORD, live: [token], dead: [] });
  }
  return kept;
}

/** What holds whenever nothing can be written: reads continue, and everything else is answered correctly. */
export function judge(name: string, seen: ReadonlyMap<string, Outcome[]>): void {
  const all = [...seen.values()].flat();
  for (const [call, outcomes] of seen)
    say(`${name}: ${call}: ${tally(outcomes.map(({ status }) => status))}`);
  const reads = [...(seen.get("verify") ?? []), ...(seen.get("me") ?? [])].filter(
    ({ status }) => status !== 200,
  );
  expectNone(reads.length, `${name}: reads refused${reads[0] ? ` (${describe(reads[0])})` : ""}`);
  const faults = all.filter((outcome) => outcome.status === 0 || !isHonest(outcome));
  expectNone(
    faults.length,
    `${name}: answers other than 200 or a correct 503${faults[0] ? ` (${describe(faults[0])})` : ""}`,
  );
  const refused = all.filter(({ status }) => status === 503).length;
  expectThat(refused > 0, `${name}: writes were impossible: ${refused} times 503`);
  const latest = Math.max(...all.map(({ ms }) => ms));
  expectThat(latest < LATEST_MS, `${name}: slowest answer ${latest.toFixed(0)} ms`);
}

/** Writing works again, at once and without a restart. */
export async function normalAgain(name: string, server: Server): Promise<void> {
  const fromMs = performance.now();
  let answer: Outcome;
  do {
    answer = await register(server.client, freshEmail());
  } while (answer.status !== 200 && performance.now() - fromMs < NORMAL_WITHIN_MS);
  expectThat(
    answer.status === 200,
    `${name}: normal again without a restart after ${(performance.now() - fromMs).toFixed(0)} ms`,
  );
}

/** What was acknowledged is there, and what was ended is not. */
export async function nothingLost(name: string, { client }: Server, kept: readonly Kept[]): Promise<void> {
  let lost = 0;
  let revived = 0;
  for (const { email, password, live, dead } of kept) {
    if ((await login(client, email, password)).status !== 200) lost++;
    for (const token of live) if (token !== "" && (await verify(client, token)).status !== 200) lost++;
    for (const token of dead) if ((await verify(client, token)).status === 200) revived++;
  }
  expectNone(lost, `${name}: acknowledged and lost, of ${kept.length} users`);
  expectNone(revived, `${name}: ended and revived`);
}
