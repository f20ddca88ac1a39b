import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { login, registerUser } from "../support/rest.js";
import { startServer } from "../support/server.js";
import { block, ROOT } from "./markdown.js";

it("makes a whole copy of a running server's database, which others on the machine cannot read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-backup-"));
  const server = await startServer();
  const email = await registerUser(server);
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await symlink(dirname(server.databasePath), join(folder, "data"));

  const command = block("apps/docs/guide/operate.md", "sh", "backup");
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd: folder });
  expect(stdout).toBe("done\n");
  expect((await stat(join(folder, "backup.db"))).mode & 0o777).toBe(0o600);

  const restored = await startServer({ databasePath: join(folder, "backup.db") });
  expect(await login(restored, email)).toBeTypeOf("string");
  await restored.close();
  await server.close();
  await rm(folder, { recursive: true });
});
