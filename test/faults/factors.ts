// Every door × every account × every factor that is given: no session begins without the account's second factor.
// Real time, a built server; 100 uses at once of one code and of one ticket.
import { join } from "node:path";
import Database from "better-sqlite3";
import {
  codeOf,
  DOORS,
  type Door,
  type Doorstep,
  type Entry,
  enrol,
  newVisitor,
  newVisitorWithApp,
  type Visitor,
  wrongCode,
} from "../support/doors.js";
import { send } from "../support/rest.js";
import { temporaryFolder } from "./support/children.js";
import { expectNone, expectThat, prove, say } from "./support/report.js";
import { type Server, startServer } from "./support/server.js";

const AT_ONCE = 100;
const SETTINGS = {
  COOKIE_SESSIONS: "on",
  PUBLIC_URL: "https://login.example.com",
  REGISTRATIONS_PER_NETWORK: "1000000",
  GUESSES_PER_NETWORK: "1000000",
};

type Kind = "no factor" | "TOTP" | "required, none";
type Given = "right" | "wrong" | "replayed" | "none" | "another's";
const GIVEN: readonly Given[] = ["right", "wrong", "replayed", "none", "another's"];
const LET_IN: Readonly<Record<Kind, readonly Given[]>> = {
  "no factor": GIVEN,
  TOTP: ["right"],
  "required, none": [],
};

await prove("factors", async () => {
  const folder = temporaryFolder();
  const open = (name: string, more = {}) =>
    startServer({ databasePath: join(folder, `${name}.db`), environment: { ...SETTINGS, ...more } });
  const [server, strict] = [await open("optional"), await open("everyone", { SECOND_FACTOR: "everyone" })];
  const rows = new Map<string, string[]>();
  let wrongCells = 0;
  for (const [kind, of] of [
    ["no factor", server],
    ["TOTP", server],
    ["required, none", strict],
  ] as const) {
    for (const door of DOORS) {
      for (const given of GIVEN) {
        const { status, token } = await attempt(doorstep(of), door, kind, given);
        const isRight = (token !== undefined) === LET_IN[kind].includes(given) && status < 500;
        if (!isRight) wrongCells++;
        const cell = `${token === undefined ? status : "in"}${isRight ? "" : " !"}`;
        rows.set(door.name, [...(rows.get(door.name) ?? []), cell]);
      }
    }
  }
  print(rows);
  expectNone(wrongCells, `cells of ${rows.size} doors × 3 accounts × ${GIVEN.length} factors that are wrong`);
  await inOneStep(doorstep(strict));
  await atOnce(doorstep(server));
  for (const each of [server, strict]) {
    const database = new Database(each.databasePath, { readonly: true });
    const without = database
      .prepare(
        `SELECT count(*) FROM sessions JOIN users ON users.id = sessions.user_id
          WHERE factor_generation > 0 AND factor_at IS NULL`,
      )
      .pluck()
      .get();
    const all = database.prepare("SELECT count(*) FROM sessions").pluck().get();
    database.close();
    expectNone(Number(without), `sessions without a factor of accounts that have one, of ${all} sessions`);
    await each.stop("SIGTERM");
  }
});

function doorstep({ port }: Server): Doorstep {
  return { url: `http://127.0.0.1:${port}`, nowMs: Date.now };
}

/** One attempt with an account of its own, so that no cell spends what another one needs. */
async function attempt(at: Doorstep, door: Door, kind: Kind, given: Given): Promise<Entry> {
  if (kind !== "TOTP") return door.enter(at, await newVisitor(at), given === "none" ? undefined : "123456");
  const who = await newVisitorWithApp(at);
  const secret = who.secret ?? "";
  switch (given) {
    case "none":
      return door.enter(at, who);
    case "right":
      return door.enter(at, who, codeOf(at, secret));
    case "wrong":
      return door.enter(at, who, wrongCode(at, secret));
    case "another's":
      return door.enter(at, who, codeOf(at, (await newVisitorWithApp(at)).secret ?? ""));
    case "replayed": {
      const code = codeOf(at, secret);
      const first = await door.enter(at, who, code);
      if (first.token === undefined) throw new Error(`the right code was refused: ${first.text}`);
      return door.enter(at, who, code);
    }
  }
}

/** Who must have a factor adds it within the sign-in. */
async function inOneStep(at: Doorstep): Promise<void> {
  const who = await newVisitor(at);
  const { ticket } = (await begin(at, who)).json.error.next;
  await enrol(at, who, ticket);
  const finished = await send(at, "POST", "/api/v1/sign-in/finish", { json: { ticket } });
  expectThat(finished.status === 200, `a factor added within the sign-in ends it with ${finished.status}`);
}

async function atOnce(at: Doorstep): Promise<void> {
  const count = async (what: string, give: (i: number) => Promise<{ readonly status: number }>) => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => give(i)));
    const sessions = answers.filter(({ status }) => status === 200).length;
    const faults = answers.filter(({ status }) => status >= 500 && status !== 503).length;
    expectThat(sessions === 1, `${AT_ONCE} uses at once of ${what}: ${sessions} session`);
    expectNone(faults, `${AT_ONCE} uses at once of ${what}: 5xx`);
  };
  const login = (who: Visitor, code: string) =>
    send(at, "POST", "/api/users/login", {
      json: { email: who.email, password: who.password },
      headers: { "Latchkey-Code": code },
    });
  const one = await newVisitorWithApp(at);
  const code = codeOf(at, one.secret ?? "");
  await count("one TOTP code", () => login(one, code));
  const other = await newVisitorWithApp(at);
  const [first = ""] = other.recoveryCodes ?? [];
  await count("one recovery code", () => login(other, first));
  // An account of its own: the wrong guesses above have used up what the others are allowed.
  const third = await newVisitorWithApp(at);
  const codes = third.recoveryCodes ?? [];
  const { ticket } = (await begin(at, third)).json.error.next;
  await count("one ticket, with nine codes", (i) =>
    send(at, "POST", "/api/v1/sign-in/factor", {
      json: { ticket, factor: { kind: "recoveryCode", code: codes[i % 9] } },
    }),
  );
}

function begin(at: Doorstep, { email, password }: Visitor) {
  return send(at, "POST", "/api/v1/sign-in/password", { json: { username: email, password } });
}

function print(rows: ReadonlyMap<string, readonly string[]>): void {
  const width = Math.max(...[...rows.keys()].map((name) => name.length));
  const kinds = Object.keys(LET_IN).map((kind) => kind.padEnd(GIVEN.length * 10));
  say(`${"".padEnd(width)}  ${kinds.join("")}`);
  say(
    `${"".padEnd(width)}  ${[1, 2, 3].map(() => GIVEN.map((given) => given.padEnd(10)).join("")).join("")}`,
  );
  for (const [name, cells] of rows) {
    say(`${name.padEnd(width)}  ${cells.map((cell) => cell.padEnd(10)).join("")}`);
  }
}
