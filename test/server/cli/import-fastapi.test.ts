import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { login, send } from "../../support/rest.js";
import { startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator } from "./command.js";

const PYTHON = "/usr/bin/python3";
const hasArgon2 = spawnSync(PYTHON, ["-c", "import argon2, sqlite3"]).status === 0;

const USERS = [
  {
    email: "zhang@example.com",
    username: "张三",
    password: "old pässword 1",
    first_name: "三",
    last_name: "张",
    phone_number: "13800138000",
  },
  { email: "Li.Si@Example.com", password: "woaini1314", first_name: "四" },
  { email: "wang@example.com", username: "wang", password: "x".repeat(200), disabled: true },
];

describe.skipIf(!hasArgon2)(
  "tables that a Python program wrote with argon2-cffi (python3-argon2 is needed)",
  () => {
    let server: TestServer;
    let operator: Operator;
    let table: string;
    beforeAll(async () => {
      server = await startServer();
      operator = await newOperator(server.databasePath);
      table = join(operator.folder, "fastapi.db");
      const script = join(import.meta.dirname, "fastapi_users.py");
      const input = USERS.map((user) => JSON.stringify(user)).join("\n");
      const made = spawnSync(PYTHON, [script, table], { input, encoding: "utf8" });
      if (made.status !== 0) throw new Error(made.stderr);
    });
    afterAll(async () => {
      await server.close();
      await operator.leave();
    });

    it("are imported while the server runs, and each user signs in with the old password on both surfaces", async () => {
      const { import: result } = await operator.json(["users", "import", table]);
      expect(result).toMatchObject({ format: "sqlite", rows: 3, imported: 3, present: 0, refused: 0 });
      for (const { email, username, password, disabled } of USERS) {
        const names = { username: username ?? email, password };
        if (disabled) {
          expect((await send(server, "POST", "/api/users/login", { json: { email, password } })).status).toBe(
            403,
          );
          expect((await send(server, "POST", "/api/auth/login", { json: names })).status).toBe(403);
          continue;
        }
        expect(await login(server, email, password)).toBeTypeOf("string");
        const answer = await send(server, "POST", "/api/auth/login", { json: names });
        expect(answer.status).toBe(200);
        expect(answer.json.data.user).toMatchObject({ created_at: "2023-04-05T06:07:08Z" });
        const wrong = { email, password: `${password}!` };
        expect((await send(server, "POST", "/api/users/login", { json: wrong })).status).toBe(400);
      }
    });

    it("keep their personal data", async () => {
      const token = await login(server, "zhang@example.com", "old pässword 1");
      const me = await send(server, "GET", "/api/users/me", { token });
      expect(me.json).toEqual({
        email: "zhang@example.com",
        first_name: "三",
        last_name: "张",
        phone_number: "13800138000",
      });
    });
  },
);
