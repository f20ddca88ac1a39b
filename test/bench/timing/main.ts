// `npm run bench:timing`: can a stranger tell by the time of an answer whether an account exists? Prints how well, and
// ends with 1 where it is better than it should be. Argon2's parameters are the defaults, the limits are out of the way.
import { prepare } from "../../../packages/config/prepare.mjs";
import { inEmptyFolder } from "../../start/launch.js";
import { areaUnderCurve, median } from "./statistics.js";

const TRIES = 400;
const ACCOUNTS = 40;
const MOST_MEDIANS_DIFFER = 0.25;
const AUC_FROM = 0.4;
const AUC_TO = 0.6;

/** What `ARGON2_…` are where nobody sets them. */
const DEFAULT_HASHES = { ARGON2_TIME_COST: "3", ARGON2_MEMORY_KIB: "65536", ARGON2_PARALLELISM: "1" };
const NO_LIMITS = {
  GUESSES_PER_ACCOUNT: "1000000",
  GUESSES_PER_ACCOUNT_AND_NETWORK: "1000000",
  GUESSES_PER_NETWORK: "1000000",
  REGISTRATIONS_PER_NETWORK: "1000000",
};

const DOORS = [
  { path: "/api/users/login", field: "email", refusal: 400 },
  { path: "/api/auth/login", field: "username", refusal: 401 },
] as const;

type Door = (typeof DOORS)[number];

await prepare();
await inEmptyFolder(async (_, launch) => {
  const url = await launch({ ...DEFAULT_HASHES, ...NO_LIMITS, LOG_LEVEL: "silent" }).url;
  const names = Array.from({ length: ACCOUNTS }, (_, i) => `known${i}@example.com`);
  for (const email of names) await register(url, email);
  const fine = [];
  for (const door of DOORS) fine.push(await compare(url, door, names));
  process.exitCode = fine.every(Boolean) ? 0 : 1;
});

async function register(url: string, email: string): Promise<void> {
  const json = { email, password: "a right password", first_name: "", last_name: "", phone_number: "" };
  const response = await post(`${url}/api/users/register`, json);
  if (response.status !== 200) throw new Error(`${response.status} at the registration`);
}

/** Tries known and unknown accounts in turns, in an order that chance decides, and says what their times tell. */
async function compare(url: string, door: Door, known: readonly string[]): Promise<boolean> {
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let i = 0; i < TRIES / 2; i++) {
    const account = known[i % known.length] ?? "";
    const turns = [
      ["known", account],
      ["unknown", account.replace("known", "unheard")],
    ] as const;
    for (const [kind, name] of Math.random() < 0.5 ? turns : [...turns].reverse()) {
      times[kind].push(await timeOf(url, door, name));
    }
  }
  const medians = { known: median(times.known), unknown: median(times.unknown) };
  const ratio = medians.known / medians.unknown;
  const auc = areaUnderCurve(times.known, times.unknown);
  const isFine = Math.abs(ratio - 1) <= MOST_MEDIANS_DIFFER && auc >= AUC_FROM && auc <= AUC_TO;
  console.log(
    `${door.path}: ${TRIES} tries, medians ${medians.known.toFixed(1)} ms known, ${medians.unknown.toFixed(1)} ms ` +
      `unknown, ratio ${ratio.toFixed(3)}, AUC ${auc.toFixed(3)} ${isFine ? "✓" : "✗"}`,
  );
  return isFine;
}

async function timeOf(url: string, { path, field, refusal }: Door, name: string): Promise<number> {
  const startMs = performance.now();
  const response = await post(url + path, { [field]: name, password: "a wrong password" });
  const durationMs = performance.now() - startMs;
  if (response.status !== refusal) throw new Error(`${response.status} at ${path}`);
  return durationMs;
}

async function post(url: string, json: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(json) });
  await response.text();
  return response;
}
