import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { newOperator } from "../server/cli/command.js";
import { login, registerUser } from "../support/rest.js";
import { startServer } from "../support/server.js";
import { block } from "./markdown.js";
import { runBlock } from "./shell.js";

const GUIDE = "apps/docs/guide/operate.md";

it("backs up a running server's database and restores it in place of another", async () => {
  const server = await startServer();
  const operator = await newOperator(server.databasePath);
  const email = await registerUser(server);
  expect(await runBlock(block(GUIDE, "sh", "-- backup backup.db"), operator)).toContain("Backed up 1 user");
  expect((await stat(join(operator.folder, "backup.db"))).mode & 0o777).toBe(0o600);
  const later = await registerUser(server);
  await server.close();

  const path = join(operator.folder, "data/latchkey.db");
  await mkdir(dirname(path));
  const lost = await startServer({ databasePath: path });
  await registerUser(lost);
  await lost.close();
  const elsewhere = { ...operator, environment: { ...operator.environment, DATABASE_URL: path } };
  expect(await runBlock(block(GUIDE, "sh", "backup verify backup.db"), elsewhere)).toContain("is intact");
  expect(await runBlock(block(GUIDE, "sh", "restore backup.db"), elsewhere)).toContain("Restored 1 user");

  const restored = await startServer({ databasePath: path });
  expect(await login(restored, email)).toBeTypeOf("string");
  await expect(login(restored, later)).rejects.toThrow();
  await restored.close();
  await operator.leave();
});
