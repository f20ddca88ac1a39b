import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerUser } from "../support/rest.js";
import { isOnSqlite } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";

// The table at the end of users-api.zh.md. Its rows stand above what holds them. That PostgreSQL's tables are the
// same, test/server/database/tables.test.ts holds.

let server: TestServer;
let database: Database.Database;
beforeAll(async () => {
  server = await startServer();
  if (isOnSqlite()) database = new Database(server.databasePath, { readonly: true });
});
afterAll(async () => {
  database?.close();
  await server.close();
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
}

function columnOf(table: string, name: string): Column | undefined {
  const columns = database.pragma(`table_info(${table})`) as Column[]; // Safe: SQLite documents these names.
  return columns.find((column) => column.name === name);
}

function isUnique(table: string, column: string): boolean {
  const indexes = database.pragma(`index_list(${table})`) as Array<{ name: string; unique: number }>;
  return indexes.some(({ name, unique }) => {
    const columns = database.pragma(`index_info(${name})`) as Array<{ name: string }>;
    return unique === 1 && columns.length === 1 && columns[0]?.name === column;
  });
}

const sql = (table: string) =>
  String(database.prepare("SELECT sql FROM sqlite_master WHERE name = ?").pluck().get(table));

describe.runIf(isOnSqlite())("**User**", () => {
  it("has an id that counts up and is never given twice", () => {
    // | **User** | id                | Integer      | 主键，自增长，唯一标识用户             |                                      |
    expect(columnOf("users", "id")).toMatchObject({ type: "INTEGER", pk: 1 });
    expect(sql("users")).toMatch(/AUTOINCREMENT/i);
  });

  it("has an address that nobody else has", () => {
    // |          | email             | String       | 必须唯一，用于用户登录                 |                                      |
    expect(columnOf("users", "email")).toMatchObject({ type: "TEXT", notnull: 1 });
    // By the key that it is compared with: whatever its letter case.
    expect(isUnique("users", "email_key")).toBe(true);
  });

  it("has a password that is hashed", () => {
    // |          | hashed_password   | String       | 存储加密后的用户密码                   |                                      |
    expect(columnOf("users", "hashed_password")).toMatchObject({ type: "TEXT", notnull: 1 });
  });

  it("is enabled unless somebody disables it", () => {
    // |          | disabled          | Boolean      | 默认为`False`，表示用户是否被禁用     |                                      |
    expect(columnOf("users", "disabled")).toMatchObject({ type: "INTEGER", notnull: 1, dflt_value: "false" });
  });
});

describe.runIf(isOnSqlite())("**UserInfo**", () => {
  it("belongs to exactly one user, and every user has one", async () => {
    // |          | info              | relationship | 表示与`UserInfo`模型的一对一关系       | 通过`UserInfo`的`user_id`与之关联     |
    // | **UserInfo** | id            | Integer      | 主键，自增长，唯一标识用户信息         |                                      |
    // |          | user_id           | Integer      | 外键，指向`users.id`，唯一             |                                      |
    // |          | user              | relationship | 表示与`User`模型的反向一对一关系       | 通过`User`的`info`与之相连            |
    expect(columnOf("user_info", "id")).toMatchObject({ type: "INTEGER", pk: 1 });
    expect(sql("user_info")).toMatch(/AUTOINCREMENT/i);
    expect(columnOf("user_info", "user_id")).toMatchObject({ type: "INTEGER", notnull: 1 });
    expect(isUnique("user_info", "user_id")).toBe(true);
    expect(database.pragma("foreign_key_list(user_info)")).toMatchObject([
      { table: "users", from: "user_id", to: "id" },
    ]);
    const email = await registerUser(server);
    const infos = database
      .prepare("SELECT count(*) FROM user_info JOIN users ON users.id = user_id WHERE email = ?")
      .pluck();
    expect(infos.get(email)).toBe(1);
  });

  it.each([
    ["first_name", "San"], // |          | first_name        | String       | 存储用户的名                           |                                      |
    ["last_name", "Zhang"], // |          | last_name         | String       | 存储用户的姓                           |                                      |
    ["phone_number", "13800138000"], // |          | phone_number      | String       | 存储用户的电话号码                     |                                      |
  ])("keeps %s", async (column, value) => {
    const email = await registerUser(server);
    expect(columnOf("user_info", column)).toMatchObject({ type: "TEXT" });
    const query = `SELECT ${column} FROM user_info JOIN users ON users.id = user_id WHERE email = ?`;
    expect(database.prepare(query).pluck().get(email)).toBe(value);
  });
});
