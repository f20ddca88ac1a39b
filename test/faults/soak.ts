// Everything at once for a while: `--minutes 10`. Memory and file handles must stay level.
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  freshEmail,
  login,
  logout,
  refresh,
  register,
  reset,
  signUp,
  times,
  tokenOf,
  verify,
} from "./support/calls.js";
import { temporaryFolder } from "./support/children.js";
import { type Client, isHonest, type Outcome } from "./support/http.js";
import { openRedis } from "./support/redis.js";
import { expectNone, expectThat, prove, quantile, say } from "./support/report.js";
import { openFiles, residentMiB, type Server, sleep, startServer } from "./support/server.js";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "2" } } });
const minutes = Number(values.minutes);
const CLIENTS = 12;
const SAMPLE_MS = 1000;
const MAX_SLOPE_MIB = 1;
/** In a shorter run, a process has not yet loaded everything that it keeps: the slope says nothing. */
const ENOUGH_MINUTES = 8;

interface Sample {
  readonly minute: number;
  readonly mib: number;
  readonly files: number;
}

let strangers = 0;

await prove(
  "soak",
  async () => {
    const redis = await openRedis();
    const server = await startServer({
      databasePath: join(temporaryFolder(), "latchkey.db"),
      environment: { REDIS_URL: redis.url, TRUST_PROXY: "1" },
    });
    const samples: Sample[] = [];
    const counts = new Map<string, number>();
    let faults = 0;
    const untilMs = performance.now() + minutes * 60_000;
    const isOver = () => performance.now() > untilMs;
    const note = (outcome: Outcome) => {
      const key = String(outcome.error ?? outcome.status);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (outcome.status === 0 || !isHonest(outcome)) faults++;
      return outcome;
    };
    const using = times(CLIENTS, () => use(server, isOver, note));
    const startMs = performance.now();
    while (!isOver()) {
      const minute = (performance.now() - startMs) / 60_000;
      samples.push({ minute, mib: residentMiB(server.pid), files: openFiles(server.pid) });
      await sleep(SAMPLE_MS);
    }
    await Promise.all(using);
    judge(samples, counts, faults);
    expectThat((await server.stop("SIGTERM")) === 0, "exit code 0");
    await redis.stop();
  },
  minutes * 60 + 60,
);

function judge(samples: readonly Sample[], counts: ReadonlyMap<string, number>, faults: number): void {
  const half = samples.filter(({ minute }) => minute > minutes / 2);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  say(
    `${minutes} minutes, ${(total / minutes / 60).toFixed(0)} requests per second: ${[...counts].map(([key, count]) => `${key} ×${count}`).join(", ")}`,
  );
  const perMinute = slope(half);
  const mib = half.map((sample) => sample.mib);
  say(
    `memory in the second half: ${Math.min(...mib).toFixed(0)} to ${Math.max(...mib).toFixed(0)} MiB, median ${quantile(mib, 0.5).toFixed(0)}`,
  );
  const line = `memory slope in the second half: ${perMinute.toFixed(2)} MiB per minute`;
  if (minutes < ENOUGH_MINUTES)
    say(`${line} (${minutes} minutes are too short to tell: \`npm run prove -- soak --minutes 10\`)`);
  else expectThat(perMinute < MAX_SLOPE_MIB, line);
  // Even a short run shows a leak that would fill the machine within hours.
  expectThat(perMinute < 30, "no leak that a short run can show");
  const files = samples.filter(({ minute }) => minute > 0.1).map((sample) => sample.files);
  expectThat(
    Math.max(...files) - Math.min(...files) <= 4,
    `open files: ${Math.min(...files)} to ${Math.max(...files)}`,
  );
  expectNone(faults, "no answer, or a 5xx other than a correct 503");
}

/** A day of users in fast motion: most of it is verify. */
async function use(
  { client }: Server,
  isOver: () => boolean,
  note: (outcome: Outcome) => Outcome,
): Promise<void> {
  while (!isOver()) {
    const { email, token: first } = await signUp(client);
    let token = first;
    for (let i = 0; i < 20 && !isOver(); i++) {
      for (let j = 0; j < 5; j++) note(await verify(client, token));
      token = tokenOf(note(await refresh(client, token, i % 2 ? `idempotency-key-${i}` : undefined)));
      note(await login(client, email));
      if (i % 10 === 9) note(await guess(client, email));
      await sleep(5);
    }
    note(await register(client, email));
    note(await logout(client, token));
    note(await verify(client, token));
    note(await reset(client, email, { old: "correct horse battery", new: freshEmail() }));
  }
}

/**
 * A wrong password, each from another network: guesses from one network are soon refused, along with those of
 * other users there.
 */
function guess(client: Client, email: string): Promise<Outcome> {
  strangers++;
  const address = `198.${18 + (strangers >> 16)}.${(strangers >> 8) & 255}.${strangers & 255}`;
  return client.send("POST", "/api/users/login", {
    json: { email, password: "wrong" },
    headers: { "X-Forwarded-For": address },
  });
}

/** The slope of a straight line through the samples, by least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, each) => sum + pick(each), 0) / samples.length;
  const [x, y] = [mean(({ minute }) => minute), mean(({ mib }) => mib)];
  const above = samples.reduce((sum, { minute, mib }) => sum + (minute - x) * (mib - y), 0);
  const below = samples.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}
