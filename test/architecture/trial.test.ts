import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Launched, launch } from "../start/launch.js";
import { freshEmail, PASSWORD, type Sent, send } from "../support/rest.js";
import { run } from "../support/run.js";
import { call } from "../support/trpc.js";
import { FLOORS } from "./house.js";
import { type ScratchCopy, scratchCopy } from "./scratch-copy.js";

/** A feature as an author would write it: a table, procedures, an event, a letter, a page, and tests. */
const TRIAL = join(import.meta.dirname, "trial");
const CONTRACTS = "packages/contracts/src/api.ts";
const WIRING = "apps/server/src/wiring/outward.ts";
const HOUSE = "test/architecture/house.ts";
const MINUTES = 60_000;

let copy: ScratchCopy;
beforeAll(async () => {
  copy = await scratchCopy();
  await copy.lay(TRIAL);

  await copy.addLine(CONTRACTS, 'import { postcards } from "./v1/postcards.js";');
  await copy.addLine(CONTRACTS, "  postcards,", /^} as const/);

  await copy.addLine(WIRING, 'import { openPostcards } from "../features/postcards/index.js";');
  await copy.addLine(WIRING, 'import { postcardsSurface } from "../surfaces/v1/postcards.js";');
  await copy.addLine(
    WIRING,
    '    served("postcards", postcardsSurface, openPostcards(host, below)),',
    /^ {2}\];/,
  );

  const [floor, higher] = [FLOORS.at(-1) ?? [], [...(FLOORS.at(-1) ?? []), "postcards"]];
  await copy.replace(HOUSE, lineOf(floor), lineOf(higher));

  // Sorts the imports, as `npm run format` does.
  await copy.program("biome", ["check", "--write", CONTRACTS, WIRING, HOUSE]);
  await copy.npm("run", "generate");
}, 5 * MINUTES);
afterAll(() => copy?.remove());

const lineOf = (floor: readonly string[]) => `  [${floor.map((name) => `"${name}"`).join(", ")}],`;

describe("one more feature", () => {
  it("needs its contract, its folder, its surface, and a line in the list of each", async () => {
    const { created, touched } = await copy.changes();
    const own = created.filter((file) => !file.startsWith("test/") && !file.includes("/migrations/"));
    expect(own).toEqual([
      ...[
        "events",
        "index",
        "letters",
        "page",
        "rules",
        "service",
        "store.postgres",
        "store.sqlite",
        "store",
        "tables.postgres",
        "tables.sqlite",
      ].map((role) => `apps/server/src/features/postcards/${role}.ts`),
      "apps/server/src/surfaces/v1/postcards.ts",
      "packages/contracts/src/v1/postcards.ts",
    ]);
    const written = Object.entries(touched).filter(([file]) => !isGenerated(file));
    const floor = FLOORS.at(-1) ?? [];
    expect(Object.fromEntries(written)).toEqual({
      [CONTRACTS]: { removed: [], added: ['import { postcards } from "./v1/postcards.js";', "  postcards,"] },
      [WIRING]: {
        removed: [],
        added: [
          'import { openPostcards } from "../features/postcards/index.js";',
          'import { postcardsSurface } from "../surfaces/v1/postcards.js";',
          '    served("postcards", postcardsSurface, openPostcards(host, below)),',
        ],
      },
      [HOUSE]: { removed: [lineOf(floor)], added: [lineOf([...floor, "postcards"])] },
    });
  });

  it("has its migration, documents and client types generated", async () => {
    const { created, touched } = await copy.changes();
    expect(Object.keys(touched).filter(isGenerated)).toEqual([
      "apps/docs/errors.generated.md",
      "apps/docs/imports.generated.md",
      "apps/server/migrations/postgres/meta/_journal.json",
      "apps/server/migrations/sqlite/meta/_journal.json",
      "packages/client/src/api.generated.ts",
      "packages/contracts/openapi.generated.json",
    ]);
    const migrations = created.filter((file) => file.includes("/migrations/"));
    expect(migrations).toEqual(
      ["postgres", "sqlite"].flatMap((engine) => [
        expect.stringMatching(new RegExp(`^apps/server/migrations/${engine}/\\d{4}_\\w+\\.sql$`)),
        expect.stringMatching(new RegExp(`^apps/server/migrations/${engine}/meta/\\d{4}_snapshot\\.json$`)),
      ]),
    );
    for (const sql of [migrations[0], migrations[2]]) {
      expect(await copy.read(sql ?? "")).toMatch(/^CREATE TABLE [`"]postcards[`"] \(/);
    }
    expect(await copy.read("apps/docs/errors.generated.md")).toContain(
      "| `postcards.write` | `POST /api/v1/postcards` → 409 `No more postcards can be kept.` |",
    );
  });

  it(
    "type-checks in every package that it reaches, with a user of the generated client among its tests",
    async () => {
      for (const folder of ["packages/contracts", "packages/client", "apps/server", "test"]) {
        await copy.program("tsc", ["--noEmit"], folder);
      }
    },
    5 * MINUTES,
  );

  it(
    "keeps to the architecture, and passes its own tests",
    async () => {
      const files = ["architecture/architecture.test.ts", "server/features/postcards/"];
      await copy.program("vitest", ["run", "--project", "quick", ...files], "test");
    },
    5 * MINUTES,
  );
});

describe("the server with one more feature", () => {
  let folder: string;
  let server: Launched;
  let url: string;
  let shell: Database.Database;
  beforeAll(async () => {
    await run(process.execPath, ["build.mjs"], join(copy.root, "apps/server"));
    folder = await mkdtemp(join(tmpdir(), "latchkey-trial-"));
    const program = join(copy.root, "apps/server/dist/main.js");
    server = launch({ cwd: folder, program, environment: { HOST: "127.0.0.1" } });
    url = await server.url;
    shell = new Database(join(folder, "data/latchkey.db"));
  }, 2 * MINUTES);
  afterAll(async () => {
    shell?.close();
    server?.process.kill("SIGKILL");
    await server?.exit;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** A user of their own; resolves to their address, uuid and token. */
  const newUser = async () => {
    const email = freshEmail();
    const json = { email, username: email, password: PASSWORD };
    const { json: answer } = await send({ url }, "POST", "/api/auth/register", { json });
    const uuid = shell.prepare("SELECT uuid FROM users WHERE email = ?").pluck().get(email);
    return { email, uuid, token: String(answer.data.token) };
  };
  const write = (sent: Sent) => send({ url }, "POST", "/api/v1/postcards", sent);
  /** What the operator's command answers, as JSON. */
  const latchkey = async (...words: readonly string[]) => {
    const command = join(copy.root, "apps/server/dist/cli.js");
    return JSON.parse(await run(process.execPath, [command, ...words, "--json"], folder));
  };
  /** What is stored about an account's postcards: the rows, the audit entries and the letters. */
  const kept = ({ email, uuid }: Awaited<ReturnType<typeof newUser>>) => ({
    rows: shell.prepare("SELECT text FROM postcards WHERE user_uuid = ? ORDER BY id").pluck().all(uuid),
    entries: shell
      .prepare(
        "SELECT action FROM audit_entries WHERE subject = ? AND outcome = 'ok' AND action LIKE 'postcards.%'",
      )
      .pluck()
      .all(uuid),
    letters: shell.prepare("SELECT template FROM mails WHERE recipient = ?").pluck().all(email),
  });

  it("serves it over REST, and keeps the row, the audit entry and the letter", async () => {
    const user = await newUser();
    const { token, email, uuid } = user;
    const sent = { token, json: { text: "Grüße" }, headers: { "Accept-Language": "zh-CN" } };
    const { status, json } = await write(sent);
    expect({ status, json }).toEqual({
      status: 200,
      json: { id: expect.any(String), text: "Grüße", writtenAt: expect.any(String) },
    });
    expect((await send({ url }, "GET", "/api/v1/postcards", { token })).json).toEqual({ postcards: [json] });
    expect(kept(user)).toEqual({
      rows: ["Grüße"],
      entries: ["postcards.write"],
      letters: ["postcardWritten"],
    });

    const { entries } = await latchkey("audit", "list", "--action", "postcards.write", "--subject", email);
    expect(entries).toMatchObject([{ actor: uuid, subject: uuid, outcome: "ok" }]);
    const { mails } = await latchkey("mail", "list");
    const { id } = mails.find(({ to }: { readonly to: string }) => to === email);
    const { mail } = await latchkey("mail", "show", id);
    expect(mail).toMatchObject({ template: "postcardWritten", language: "zh-CN" });
    expect(mail.subject).toContain("的明信片");
    expect(mail.text).toContain("Grüße");
  });

  it("serves it over tRPC, and says why it refuses, with the error's data", async () => {
    const { token } = await newUser();
    for (const text of ["a", "b", "c"]) {
      expect((await call({ url }, "mutation", "postcards.write", { token, input: { text } })).status).toBe(
        200,
      );
    }
    const { json } = await call({ url }, "query", "postcards.list", { token });
    expect(json.result.data.postcards.map(({ text }: { readonly text: string }) => text)).toEqual([
      "c",
      "b",
      "a",
    ]);

    const input = { text: "d" };
    const { json: refusal } = await call({ url }, "mutation", "postcards.write", { token, input });
    expect(refusal.error.data).toMatchObject({
      appCode: "POSTCARDS_FULL",
      httpStatus: 409,
      next: { kept: 3 },
    });
    const { status, json: body } = await write({ token, json: input });
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { error: { code: "POSTCARDS_FULL", next: { kept: 3 } } },
    });
    expect((await write({ json: input })).json).toMatchObject({ error: { code: "TOKEN_MISSING" } });
  });

  it("is called by the generated client", async () => {
    const { token } = await newUser();
    for (const text of ["a", "b"]) await write({ token, json: { text } });
    const program = ["--conditions=@latchkey/source", "test/client/postcards.ts", url, token];
    expect(JSON.parse(await copy.program("tsx", program))).toEqual({
      written: "From the client",
      refused: "INVALID_INPUT",
      kept: 3,
      texts: ["From the client", "b", "a"],
    });
  });

  it("describes it, and shows its page", async () => {
    const { json } = await send({ url }, "GET", "/openapi.json");
    expect(json.tags).toContainEqual({
      name: "postcards",
      description: "Postcards that users leave for themselves.",
    });
    expect(Object.keys(json.paths["/api/v1/postcards"])).toEqual(["post", "get"]);
    const count = shell.prepare("SELECT count(*) FROM postcards").pluck().get();
    const page = await fetch(`${url}/postcards`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toContain(`${count} kept`);
    expect((await fetch(`${url}/postcards`, { method: "POST" })).status).toBe(405);
  });

  it.each(["postcards", "mails", "audit_entries"])(
    "keeps nothing where %s refuses its part",
    async (table) => {
      const user = await newUser();
      const sent = { token: user.token, json: { text: "Greetings" } };
      const condition = table === "audit_entries" ? "WHEN NEW.outcome = 'ok'" : "";
      shell.exec(`CREATE TRIGGER refusing BEFORE INSERT ON ${table} ${condition}
      BEGIN SELECT RAISE(ABORT, 'no more'); END`);
      expect((await write(sent)).status).toBe(500);
      expect(kept(user)).toEqual({ rows: [], entries: [], letters: [] });
      shell.exec("DROP TRIGGER refusing");
      expect((await write(sent)).status).toBe(200);
      expect(kept(user)).toEqual({
        rows: ["Greetings"],
        entries: ["postcards.write"],
        letters: ["postcardWritten"],
      });
    },
  );
});

const isGenerated = (file: string) => /\.generated\.|\/migrations\//.test(file);
