import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newOperator, type Operator } from "./command.js";

// A command that opened a pipe would wait for its other end, and these tests would not end.

let operator: Operator;
let socket: Server;
beforeEach(async () => {
  operator = await newOperator();
  execFileSync("mkfifo", [join(operator.folder, "pipe")]);
  await mkdir(join(operator.folder, "folder"));
  await symlink("/dev/zero", join(operator.folder, "device"));
  socket = createServer();
  await new Promise<void>((listening) => socket.listen(join(operator.folder, "socket"), listening));
});
afterEach(async () => {
  await new Promise((closed) => socket.close(closed));
  await operator.leave();
});

const KINDS = ["pipe", "socket", "device", "folder"] as const;
const PLACE = /DATABASE_URL does not point to a usable file: /;

describe.each(KINDS)("a %s", (kind) => {
  it.each([
    ["users", "list"],
    ["users", "export", "users.csv"],
    ["users", "import", "new.csv"],
    ["users", "import", "new.csv", "--dry-run"],
    ["migrate"],
    ["backup", "copy.db"],
    ["restore", "good.db"],
  ])("as the database is refused by `%s %s` in a sentence, and left as it is", async (...words) => {
    await writeFile(join(operator.folder, "new.csv"), "email,hash\n");
    await operator.json(["users", "list"]);
    await operator.json(["backup", "good.db"]);
    const before = (await readdir(operator.folder)).sort();
    const { exitCode, stdout, stderr } = await operator.run([...words, "--json"], {
      environment: { DATABASE_URL: kind },
    });
    expect(JSON.parse(stderr).error).toEqual({ code: "CANNOT_OPEN", message: expect.stringMatching(PLACE) });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect((await readdir(operator.folder)).sort()).toEqual(before);
    expect(lstatSync(join(operator.folder, kind)).isFile()).toBe(false);
  });

  it("as the database is what doctor finds", async () => {
    const { findings } = JSON.parse(
      (await operator.run(["doctor", "--json"], { environment: { DATABASE_URL: kind } })).stdout,
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: "database",
        state: "fault",
        message: "DATABASE_URL points to a folder, a pipe, a socket or a device, not to a file.",
      }),
    );
  });

  it("as the settings file is refused with 78", async () => {
    await symlink(kind, join(operator.folder, ".env"));
    const { exitCode, stderr } = await operator.run(["config", "check", "--json"]);
    const what = kind === "folder" ? "a folder" : "a pipe, a socket or a device";
    expect(JSON.parse(stderr).error.faults).toEqual([
      `.env is ${what}: remove it, or put a file in its place.`,
    ]);
    expect(exitCode).toBe(78);
  });

  it("as the file to import, to verify, to restore or to write is refused in a sentence", async () => {
    await operator.json(["users", "list"]);
    for (const [words, code] of [
      [["users", "import", kind], "FILE_UNREADABLE"],
      [["users", "import", "new.csv", "--report", kind], "FILE_EXISTS"],
      [["users", "import", "new.csv", "--firebase-parameters", kind], "FILE_UNREADABLE"],
      [["users", "export", kind, "--format", "csv"], "FILE_EXISTS"],
      [["backup", "verify", kind], "NO_BACKUP"],
      [["restore", kind], "NO_BACKUP"],
      ...(kind === "folder" ? [] : [[["backup", kind], "FILE_EXISTS"] as const]),
    ] as const) {
      await writeFile(join(operator.folder, "new.csv"), "email,hash\n");
      const { exitCode, stderr } = await operator.run([...words, "--json"]);
      expect([words, JSON.parse(stderr).error.code]).toEqual([words, code]);
      expect(exitCode).toBeGreaterThan(0);
    }
  });
});

it("writes beside a pipe that has the name of an unfinished file, and imports a table beside one", async () => {
  await operator.json(["users", "list"]);
  execFileSync(
    "mkfifo",
    ["u.csv.unfinished", "u.csv-wal"].map((name) => join(operator.folder, name)),
  );
  expect((await operator.run(["users", "export", "u.csv"])).exitCode).toBe(0);
  await writeFile(join(operator.folder, "u.csv"), "email,hash\n");
  expect((await operator.run(["users", "import", "u.csv"])).exitCode).toBe(0);
});
