import { chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainSqliteFailure } from "../../../apps/server/src/database/sqlite/explain.js";
import { openSqlite } from "../../../apps/server/src/database/sqlite/sqlite.js";
import { MIGRATIONS } from "../../support/sqlite.js";
import { newOperator, type Operator } from "./command.js";

const SERVICE = 65_534;
let operator: Operator;
/** The folder of the user that the server runs as. */
let state: string;
let path: string;
let environment: Record<string, string>;

beforeEach(async () => {
  operator = await newOperator();
  state = join(operator.folder, "state");
  mkdirSync(state, { mode: 0o700 });
  path = join(state, "latchkey.db");
  environment = { DATABASE_URL: path };
});
afterEach(() => operator.leave());

const json = (...words: string[]) => operator.json(words, { environment });
const ownersIn = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).uid]));
const openAsServer = (at = path) =>
  openSqlite({ path: at, migrations: MIGRATIONS, synchronous: "full", keepsRoom: true });
/** Runs as the user that the server runs as. */
const asService = async <T>(use: () => T | Promise<T>): Promise<T> => {
  process.seteuid?.(SERVICE);
  try {
    return await use();
  } finally {
    process.seteuid?.(0);
  }
};

describe.skipIf(process.getuid?.() !== 0)("what root makes in the folder of the server's user", () => {
  beforeEach(() => {
    chownSync(operator.folder, SERVICE, SERVICE);
    chownSync(state, SERVICE, SERVICE);
  });

  it("belongs to that user: the database, its log, its reserve and the note of a backup", async () => {
    const password = { stdin: "correct horse battery\n", environment };
    await operator.json(["users", "create", "--email", "eva@example.com", "--admin"], password);
    const sqlite = openAsServer();
    expect(Object.keys(ownersIn(state))).toContain("latchkey.db-wal");
    expect(new Set(Object.values(ownersIn(state)))).toEqual(new Set([SERVICE]));
    sqlite.close();
    await json("backup", join(operator.folder, "backup.db"));
    expect(ownersIn(state)).toMatchObject({
      "latchkey.db": SERVICE,
      "latchkey.db-reserve": SERVICE,
      "latchkey.db.last-backup.json": SERVICE,
    });
    expect(new Set(Object.values(ownersIn(state)))).toEqual(new Set([SERVICE]));
    await asService(() => openAsServer().close());
    const { stdout } = await asService(() => operator.run(["doctor"], { environment }));
    expect(stdout).toContain("The last backup is ");
  });

  it("belongs to that user even if the folder had to be created", async () => {
    path = join(state, "new/data/latchkey.db");
    openAsServer().close();
    for (const made of [path, dirname(path), dirname(dirname(path))])
      expect([made, statSync(made).uid]).toEqual([made, SERVICE]);
    await asService(() => openAsServer().close());
  });

  it("belongs to that user after a restore, where there was no database", async () => {
    openAsServer().close();
    const backup = join(operator.folder, "backup.db");
    await json("backup", backup);
    environment = { DATABASE_URL: join(state, "another.db") };
    await json("restore", backup);
    expect(ownersIn(state)["another.db"]).toBe(SERVICE);
  });

  it("belongs to that user if it is a backup in that user's folder, and stays root's in any other", async () => {
    openAsServer().close();
    const [own, foreign] = [join(operator.folder, "own"), join(operator.folder, "foreign")];
    for (const folder of [own, foreign]) mkdirSync(folder);
    chownSync(own, SERVICE, SERVICE);
    chownSync(foreign, 65_533, 65_533);
    for (const folder of [own, foreign]) await json("backup", folder);
    expect(Object.values(ownersIn(own))).toEqual([SERVICE]);
    expect(Object.values(ownersIn(foreign))).toEqual([0]);
    // Exports contain the hashes too.
    const file = join(foreign, "users.csv");
    await json("users", "export", file);
    expect(statSync(file)).toMatchObject({ uid: 0 });
  });

  it("is never written through a link that this user has put in its place", async () => {
    openAsServer().close();
    const precious = join(operator.folder, "precious");
    writeFileSync(precious, "precious", { mode: 0o600 });
    symlinkSync(precious, `${path}.last-backup.json.new`);
    await json("backup", join(operator.folder, "backup.db"));
    expect([statSync(precious).uid, statSync(precious).size]).toEqual([0, "precious".length]);
  });
});

describe.skipIf(process.getuid?.() !== 0)(
  "a server's user in whose folder root has left files of its own",
  () => {
    beforeEach(() => openAsServer().close());
    const refusal = (at = path) =>
      asService(() => {
        try {
          openAsServer(at).close();
          return undefined;
        } catch (error) {
          return explainSqliteFailure(error)?.sentence;
        }
      });
    const give = (...files: string[]) => {
      for (const file of [operator.folder, ...files]) chownSync(file, SERVICE, SERVICE);
    };

    it("starts although the reserve is root's, and has a reserve of its own afterwards", async () => {
      give(state, path);
      expect(ownersIn(state)["latchkey.db-reserve"]).toBe(0);
      expect(await refusal()).toBeUndefined();
      expect(ownersIn(state)).toEqual({ "latchkey.db": SERVICE, "latchkey.db-reserve": SERVICE });
    });

    it.each([
      ["the database", () => [state], () => path],
      ["its folder", () => [], () => path],
      [
        "its log",
        () => {
          writeFileSync(`${path}-wal`, "", { mode: 0o600 });
          return [state, path, `${path}-reserve`];
        },
        () => `${path}-wal`,
      ],
    ])("is told the name of the file that it cannot use: %s", async (_, own, named) => {
      give(...own());
      expect(await refusal()).toContain(`this user cannot read and write ${named()}. Give it to the user`);
      const { stdout } = await asService(() => operator.run(["doctor"], { environment }));
      expect(stdout).toContain(`The current user cannot read and write ${named()}.`);
    });
  },
);
