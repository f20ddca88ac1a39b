// `npm run bench:timing`: can a stranger tell from an answer's timing whether an account exists? Prints how
// well, and exits with 1 if it is better than it should be. Argon2's parameters are the defaults, and the
// limits are out of the way.
import { prepare } from "../../../packages/config/prepare.mjs";
import { inEmptyFolder } from "../../start/launch.js";
import { startSmtp } from "../../support/smtp.js";
import { areaUnderCurve, median, rankTestP } from "./statistics.js";

const TRIES = 400;
const ACCOUNTS = 40;
const MOST_MEDIANS_DIFFER = 0.25;
const AUC_FROM = 0.4;
const AUC_TO = 0.6;
/** Below this, the times of an endpoint that should reveal nothing differ by more than chance. */
const LEAST_P = 0.01;

/** The defaults of `ARGON2_…`. */
const DEFAULT_HASHES = { ARGON2_TIME_COST: "3", ARGON2_MEMORY_KIB: "65536", ARGON2_PARALLELISM: "1" };
const NO_LIMITS = {
  GUESSES_PER_ACCOUNT: "1000000",
  GUESSES_PER_ACCOUNT_AND_NETWORK: "1000000",
  GUESSES_PER_NETWORK: "1000000",
  MAILS_PER_ADDRESS: "1000000",
  MAILS_PER_NETWORK: "1000000",
  REGISTRATIONS_PER_NETWORK: "1000000",
};

interface Door {
  readonly path: string;
  /** The body sent for an account; what it takes to make one is not measured. */
  readonly input: (name: string, url: string) => object | Promise<object>;
  /** The status answered, whether or not the account exists. */
  readonly status: number;
  /**
   * Sign-ins cost a hash, no two of which take the same time; this endpoint costs so little that ranks are
   * compared.
   */
  readonly byRanks?: true;
}

const password = "a wrong password";
const EMAIL_CODE = "/api/v1/sign-in/email-code";
const DOORS: readonly Door[] = [
  { path: "/api/users/login", input: (email) => ({ email, password }), status: 400 },
  { path: "/api/auth/login", input: (username) => ({ username, password }), status: 401 },
  { path: "/api/v1/recovery/request", input: (email) => ({ email }), status: 204, byRanks: true },
  { path: `${EMAIL_CODE}/request`, input: (email) => ({ email }), status: 200, byRanks: true },
  {
    path: `${EMAIL_CODE}/complete`,
    input: async (email, url) => {
      const asked = await post(`${url}${EMAIL_CODE}/request`, { email });
      const { ticket } = (await asked.json()) as { readonly ticket: string };
      return { ticket, code: "a wrong code" };
    },
    status: 403,
    byRanks: true,
  },
];

await prepare();
// Mails are really sent, so that any effect of sending would show.
const smtp = await startSmtp();
const MAIL = {
  MAIL_URL: smtp.url,
  MAIL_FROM: "no-reply@example.com",
  APP_URL: "http://localhost:3000",
  EMAIL_CODES: "sign-in",
};
await inEmptyFolder(async (_, launch) => {
  const url = await launch({ ...DEFAULT_HASHES, ...NO_LIMITS, ...MAIL, LOG_LEVEL: "info" }).url;
  const names = Array.from({ length: ACCOUNTS }, (_, i) => `known${i}@example.com`);
  for (const email of names) await register(url, email);
  const fine = [];
  for (const door of DOORS) fine.push(await compare(url, door, names));
  process.exitCode = fine.every(Boolean) ? 0 : 1;
});
console.log(`${smtp.received.length} mails were sent in the meantime`);
await smtp.close();

async function register(url: string, email: string): Promise<void> {
  const json = { email, password: "a correct password", first_name: "", last_name: "", phone_number: "" };
  const response = await post(`${url}/api/users/register`, json);
  if (response.status !== 200) throw new Error(`registration answered ${response.status}`);
}

/** Tries known and unknown accounts in random order, and reports what their times reveal. */
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
  const p = rankTestP(times.known, times.unknown);
  const isAlike = Math.abs(ratio - 1) <= MOST_MEDIANS_DIFFER && auc >= AUC_FROM && auc <= AUC_TO;
  const isFine = door.byRanks ? p > LEAST_P : isAlike;
  console.log(
    `${door.path}: ${TRIES} tries, medians ${medians.known.toFixed(2)} ms known, ${medians.unknown.toFixed(2)} ms ` +
      `unknown, ratio ${ratio.toFixed(3)}, AUC ${auc.toFixed(3)}, p ${p.toFixed(3)} ${isFine ? "✓" : "✗"}`,
  );
  return isFine;
}

async function timeOf(url: string, { path, input, status }: Door, name: string): Promise<number> {
  const body = await input(name, url);
  const startMs = performance.now();
  const response = await post(url + path, body);
  const durationMs = performance.now() - startMs;
  if (response.status !== status) throw new Error(`${path} answered ${response.status}`);
  return durationMs;
}

async function post(url: string, json: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(json) });
  // Measured until all of it has arrived.
  return new Response(await response.text(), response);
}
