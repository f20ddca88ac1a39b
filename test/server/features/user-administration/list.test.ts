import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BY_OPERATOR } from "../../../support/operator.js";
import { runElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { DOORS, newAdmin, newUser, type Person } from "./doors.js";

let server: TestServer;
let admin: Person;
const made: Person[] = [];
beforeAll(async () => {
  server = await startServer();
  for (let i = 0; i < 7; i++) {
    made.push(await newUser(server));
    server.clock.advance({ ms: 1 });
  }
  admin = await newAdmin(server);
});
afterAll(() => server.close());

const START_MS = Date.UTC(2026, 0, 15, 12, 0, 0);
const at = (ms: number) => new Date(START_MS + ms).toISOString();

describe.each(DOORS)("over %s", (_, door) => {
  const list = async (input: Record<string, unknown>) => {
    const heard = await door(server, "list", { input, token: admin.token });
    expect([input, heard.status, heard.code]).toEqual([input, 200, undefined]);
    return heard.output;
  };
  const idsOf = ({ users }: { users: Array<{ id: string }> }) => users.map(({ id }) => id);

  it("shows a user as administrators see one, and no secret", async () => {
    const { users } = await list({ prefix: made[0]?.email.toUpperCase() });
    expect(users).toEqual([
      {
        id: made[0]?.id,
        username: made[0]?.email,
        email: made[0]?.email,
        firstName: "San",
        lastName: "Zhang",
        phoneNumber: "13800138000",
        language: null,
        role: "user",
        disabled: false,
        disabledReason: null,
        emailVerifiedAt: null,
        passwordChangeRequired: false,
        createdAt: at(0),
        updatedAt: at(0),
      },
    ]);
  });

  it.each([-62_167_219_200_000, 8_640_000_000_000_000])(
    "continues paging after a user who was imported with the time %d",
    async (createdAtMs) => {
      const person = await newUser(server);
      await runElsewhere(server, "UPDATE users SET created_at = ? WHERE uuid = ?", createdAtMs, person.id);
      const order = createdAtMs < 0 ? "oldest" : "newest";
      const first = await list({ order, limit: 1 });
      expect(idsOf(first)).toEqual([person.id]);
      expect(idsOf(await list({ order, limit: 1, after: first.next }))).toHaveLength(1);
      await server.app.features.accounts.delete(person.id, BY_OPERATOR);
    },
  );

  it.each(["newest", "oldest"])("pages through all from the %s on by each page's `next`", async (order) => {
    const oldestFirst = [...made.map(({ id }) => id), admin.id];
    const expected = order === "newest" ? oldestFirst.reverse() : oldestFirst;
    const seen: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page = await list({ order, limit: 3, ...(after !== undefined && { after }) });
      seen.push(...idsOf(page));
      after = page.next;
    }
    expect(seen).toEqual(expected);
  });

  it("finds by role, state, verified address and time of registration", async () => {
    expect(idsOf(await list({ role: "admin" }))).toEqual([admin.id]);
    expect(idsOf(await list({ disabled: true }))).toEqual([]);
    expect(idsOf(await list({ emailVerified: true }))).toEqual([]);
    expect(idsOf(await list({ emailVerified: false, disabled: false, role: "user" }))).toHaveLength(7);
    const [, second, third] = made;
    const between = { createdFrom: at(1), createdTo: at(3), order: "oldest" };
    expect(idsOf(await list(between))).toEqual([second?.id, third?.id]);
    const inChina = { ...between, createdFrom: "2026-01-15T20:00:00.001+08:00" };
    expect(idsOf(await list(inChina))).toEqual([second?.id, third?.id]);
  });

  it.each([
    [{ limit: 0 }],
    [{ limit: 201 }],
    [{ limit: 1.5 }],
    [{ limit: "many" }],
    [{ limit: "1e1" }],
    [{ order: "sideways" }],
    [{ role: "root" }],
    [{ disabled: "perhaps" }],
    [{ emailVerified: "1" }],
    [{ prefix: " " }],
    [{ prefix: "x".repeat(255) }],
    [{ createdFrom: "yesterday" }],
    [{ createdFrom: "2026-02-30T00:00:00Z" }],
    [{ createdTo: "2026-01-15" }],
    [{ after: "" }],
    [{ after: "1" }],
    [{ after: "1.2.3" }],
    [{ after: "1e3.5" }],
    [{ after: "-.-" }],
    [{ after: "9".repeat(400) }],
    [{ after: `${"9".repeat(16)}.1` }],
    [{ after: "1.1; DROP TABLE users" }],
    [{ after: "\u0000" }],
  ])("answers %j with 422 and the field", async (input) => {
    const heard = await door(server, "list", { input, token: admin.token });
    expect([heard.status, heard.code]).toEqual([422, "INVALID_INPUT"]);
  });

  it.each([
    ["%"],
    ["_"],
    ["*"],
    ["a' OR '1'='1"],
    ["\u0000"],
    ["\ud800x"],
    ["\u{10ffff}"],
    ["İ"],
    ["e\u0301".repeat(100)],
  ])("treats the prefix %j as plain text", async (prefix) => {
    expect(await list({ prefix })).toEqual({ users: [], next: null });
  });

  it.each([["0.0"], ["-1.1"], [`${"9".repeat(15)}.${"9".repeat(15)}`]])(
    "continues from %s, wherever that is",
    async (after) => {
      const heard = await door(server, "list", { input: { after, order: "oldest" }, token: admin.token });
      expect(heard.status).toBe(200);
    },
  );
});
