import { copyFile, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newOperator } from "../server/cli/command.js";
import { registerUser } from "../support/rest.js";
import { inEmptyFolder, logLines } from "./launch.js";

it.each([
  ["copied over", copyFile],
  ["moved into the place of", rename],
])(
  "a server writes nothing into a backup that is %s its database, says so, and leaves it as it is",
  async (_, put) => {
    await inEmptyFolder(async (folder, launch) => {
      const path = join(folder, "data/latchkey.db");
      const launched = launch();
      const server = { url: await launched.url };
      await registerUser(server);
      const operator = await newOperator(path);
      const { backup } = await operator.json(["backup", join(folder, "backup.db")]);
      await registerUser(server);
      const before = await readFile(backup.file);
      await put(backup.file, path);
      const readiness = async () => (await fetch(`${server.url}/readyz`)).status;
      expect(await readiness()).toBe(503);
      await expect(registerUser(server)).rejects.toThrow("busy or degraded");
      const said = () =>
        logLines(launched).filter(({ msg }) => /database file was replaced/.test(String(msg)));
      // The log is written a moment after the answer.
      await expect.poll(() => said().map(({ level }) => level)).toEqual([50]);
      launched.process.kill("SIGTERM");
      expect(await launched.exit).toBe(0);
      expect((await readFile(path)).equals(before)).toBe(true);

      // What the old log holds is not applied to it.
      const again = launch();
      await again.exit;
      expect(again.stderr()).toContain("latchkey restore");
      for (const suffix of ["-wal", "-shm"]) await rm(path + suffix, { force: true });
      await operator.leave();
    });
  },
);
