import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { createMigrated, dropDatabase } from "../../../support/postgres.js";
import { send } from "../../../support/rest.js";
import { rowsElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { newOperator } from "../../cli/command.js";
import { newAdmin, type Person } from "../user-administration/doors.js";

const ROUNDS = 5;
const ADMIN = "/api/v1/admin/users";

/** Each takes one administrator away, in one way; by another one, where it takes one. */
const WAYS: ReadonlyArray<(node: TestServer, whom: Person, by: Person) => Promise<unknown>> = [
  (node, { token }) => send(node, "DELETE", "/api/v1/account", { token }),
  (node, { id }, { token }) => send(node, "DELETE", `${ADMIN}/${id}`, { token }),
  (node, { id }, { token }) => send(node, "PATCH", `${ADMIN}/${id}`, { json: { role: "user" }, token }),
  (node, { id }, { token }) => send(node, "POST", `${ADMIN}/${id}/disable`, { json: {}, token }),
];

const COMMANDS = [
  (email: string) => ["users", "delete", email, "--yes"],
  (email: string) => ["users", "role", email, "user"],
  (email: string) => ["users", "disable", email],
];

describe.each([
  [
    "SQLite",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "latchkey-test-"));
      const remove = () => rm(folder, { recursive: true, force: true });
      return { url: join(folder, "latchkey.db"), remove };
    },
  ],
  [
    "PostgreSQL",
    async () => {
      const url = await createMigrated(inject("postgresUrl"));
      return { url, remove: () => dropDatabase(url) };
    },
  ],
] as const)("administrators in %s", (engine, create) => {
  it.skipIf(engine === "PostgreSQL" && inject("postgresUrl") === "")(
    "who are all taken away at once leave one, whatever ways are mixed, on two nodes and the command line",
    async () => {
      const { url, remove } = await create();
      const nodes = [await startServer({ databasePath: url }), await startServer({ databasePath: url })];
      const operator = await newOperator(url);
      const acting = () =>
        rowsElsewhere<{ email: string }>(
          { databasePath: url },
          "SELECT email FROM users WHERE role = 'admin' AND NOT disabled",
        );
      const [one, two] = nodes as [TestServer, TestServer];
      for (let round = 0; round < ROUNDS; round++) {
        const admins: Person[] = [];
        for (let i = 0; i < WAYS.length + COMMANDS.length; i++) admins.push(await newAdmin(one));
        const at = (i: number) => admins[i % admins.length] as Person;
        // The one who was left in the round before, too.
        const [left] = (await acting()).filter(({ email }) => !admins.some((each) => each.email === email));
        const commands = COMMANDS.map((command, i) => command(at(WAYS.length + i).email));
        if (left !== undefined) commands.push(["users", "disable", left.email]);
        await Promise.all([
          ...WAYS.map((way, i) => way(i % 2 === round % 2 ? one : two, at(i), at(i + 1 + (round % 3)))),
          ...commands.map((words) => operator.run(words)),
        ]);
        // Whoever is still there is taken away by the operator, who depends on nobody's rights: all but one.
        const rest = await acting();
        expect(rest.length).toBeGreaterThan(0);
        await Promise.all(rest.map(({ email }) => operator.run(["users", "role", email, "user"])));
        expect(await acting()).toHaveLength(1);
      }
      await operator.leave();
      for (const node of nodes) await node.close();
      await remove();
    },
  );
});
