import { afterEach, describe, expect, it } from "vitest";
import { verifyAddressLetter } from "../../../../apps/server/src/features/verification/letters.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { rowsElsewhere, runElsewhere } from "../../../support/rows.js";
import {
  frozenClock,
  startServer,
  type TestServer,
  type TestServerOptions,
} from "../../../support/server.js";
import { newOperator, type Operator } from "../../cli/command.js";

const servers: TestServer[] = [];
const operators: Operator[] = [];
afterEach(async () => {
  for (const server of servers.splice(0).reverse()) await server.close();
  for (const operator of operators.splice(0)) await operator.leave();
});
const start = async (options: TestServerOptions = {}) => {
  const server = await startServer({ clock: frozenClock(Date.now()), ...options });
  servers.push(server);
  return server;
};

/** An account as a version before this one has left it: its key is its address in a spelling of its own. */
async function age(server: TestServer, email: string, spelling: string): Promise<void> {
  await runElsewhere(
    server,
    "UPDATE users SET email = ?, email_key = ?, username = ?, username_key = ? WHERE email = ?",
    ...[spelling, spelling, spelling, spelling, email],
  );
  await runElsewhere(server, "UPDATE account_keys SET form = 0");
}
async function keysIn(server: TestServer): Promise<unknown[][]> {
  const rows = await rowsElsewhere(server, "SELECT email_key, username_key FROM users ORDER BY id");
  return rows.map((row) => Object.values(row));
}
const uuidOf = async (server: TestServer, email: string) =>
  (await server.app.features.accounts.find({ email }))?.uuid;
const logged = ({ logLines }: TestServer, event: string) =>
  logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes(event));

/** An ordinary account, one with an old key, and two more accounts with the first one's address. */
async function withOldKeys() {
  const server = await start();
  const plain = await registerUser(server);
  const international = (await registerUser(server)).replace("example.com", "bücher.example");
  await age(server, international.replace("bücher.example", "example.com"), international);
  const twins = ["example。com", "ｅxample.com"].map((domain) => plain.replace("example.com", domain));
  for (const twin of twins) await age(server, await registerUser(server), twin);
  return { server, plain, international, twins };
}

describe("keys of addresses from before their domains were compared in ASCII", () => {
  it("are renewed by the next start, and an account whose key is taken keeps its own", async () => {
    const { server, plain, international, twins } = await withOldKeys();
    const { databasePath } = server;
    const renewed = await start({ databasePath });
    const ascii = international.replace("bücher", "xn--bcher-kva");
    expect(await keysIn(renewed)).toEqual([plain, ascii, ...twins].map((key) => [key, key]));
    expect(logged(renewed, "were renewed")).toEqual([expect.objectContaining({ count: 1 })]);
    const holder = await uuidOf(renewed, plain);
    const others = await Promise.all(twins.map((twin) => uuidOf(renewed, twin)));
    expect(new Set([holder, ...others]).size).toBe(3);
    expect(logged(renewed, "same name")).toEqual(
      others.map((subject) => expect.objectContaining({ subject, holder })),
    );
    // Uuids only: addresses never reach the log.
    expect(renewed.logLines.join("\n")).not.toMatch(/@|example/);
  });

  it("let every account sign in, before they are renewed and after", async () => {
    const { server, plain, international, twins } = await withOldKeys();
    const renewed = await start({ databasePath: server.databasePath });
    for (const each of [server, renewed]) {
      for (const email of [plain, international, ...twins]) {
        const token = await login(each, email);
        expect((await send(each, "GET", "/api/users/me", { token })).json.email).toBe(email);
      }
    }
    await login(renewed, international.replace("bücher", "xn--bcher-kva"));
  });

  it("let an account whose key is taken change its profile and its password", async () => {
    const { server, twins } = await withOldKeys();
    const [email = ""] = twins;
    const renewed = await start({ databasePath: server.databasePath });
    const token = await login(renewed, email);
    const json = { firstName: "Si" };
    expect((await send(renewed, "PATCH", "/api/v1/account", { token, json })).status).toBe(200);
    const reset = { email, old_password: PASSWORD, new_password: "another one" };
    expect((await send(renewed, "POST", "/api/users/reset_password", { json: reset })).status).toBe(200);
    await login(renewed, email, "another one");
  });

  it("are renewed once, whichever of many processes starts first", async () => {
    const { server } = await withOldKeys();
    const { databasePath } = server;
    const many = await Promise.all(Array.from({ length: 4 }, () => start({ databasePath })));
    expect(many.flatMap((each) => logged(each, "were renewed"))).toHaveLength(1);
    expect(many.flatMap((each) => logged(each, "same name"))).toHaveLength(2);
    const later = await start({ databasePath });
    expect(later.logLines.join()).not.toContain("renewed");
  });

  it("are renewed after a start that was interrupted in between", async () => {
    const { server, international } = await withOldKeys();
    const ascii = international.replace("bücher", "xn--bcher-kva");
    const text = "UPDATE users SET email_key = ?, username_key = ? WHERE email = ?";
    await runElsewhere(server, text, ascii, ascii, international);
    const renewed = await start({ databasePath: server.databasePath });
    expect((await keysIn(renewed))[1]).toEqual([ascii, ascii]);
  });

  it("give the key of two accounts to the older one if no account has it yet", async () => {
    const server = await start();
    const plain = freshEmail();
    const twins = ["example。com", "ｅxample.com"].map((domain) => plain.replace("example.com", domain));
    for (const twin of twins) await age(server, await registerUser(server), twin);
    const renewed = await start({ databasePath: server.databasePath });
    expect(await keysIn(renewed)).toEqual([
      [plain, plain],
      [twins[1], twins[1]],
    ]);
  });

  it("are listed by doctor, and by a command that renews those that have become free", async () => {
    const { server, plain, twins } = await withOldKeys();
    const renewed = await start({ databasePath: server.databasePath });
    const operator = await newOperator(server.databasePath);
    operators.push(operator);
    const [first, second] = await Promise.all(twins.map((twin) => uuidOf(renewed, twin)));
    const holder = await uuidOf(renewed, plain);

    const { stdout } = await operator.run(["doctor"]);
    expect(stdout).toContain(
      "! 2 accounts have the address or username of another account in another spelling.",
    );
    expect(stdout).toContain("latchkey users duplicates");

    expect(await operator.json(["users", "duplicates"])).toEqual({
      renewed: 0,
      conflicts: [
        { uuid: first, holder },
        { uuid: second, holder },
      ],
    });
    await operator.json(["users", "delete", String(holder), "--yes"]);
    expect(await operator.json(["users", "duplicates"])).toEqual({
      renewed: 1,
      conflicts: [{ uuid: second, holder: first }],
    });
    const text = await operator.run(["users", "duplicates"]);
    expect(text.stdout).toContain(String(second));
    expect(text.stdout + stdout).not.toContain("@");
    await operator.json(["users", "delete", String(second), "--yes"]);
    expect(await operator.json(["users", "duplicates"])).toEqual({ renewed: 0, conflicts: [] });
    expect((await operator.run(["doctor"])).stdout).toContain(
      "✓ Every address and every username belongs to one account.",
    );
  });
});

describe("usernames that differ in their blanks only", () => {
  const BLANKS = ["\u00a0", "\u2003", "\u3000", "  "];
  const register = (server: TestServer, username: string) =>
    send(server, "POST", "/api/auth/register", {
      json: { username, email: freshEmail(), password: PASSWORD },
    });
  const logIn = (server: TestServer, username: string) =>
    send(server, "POST", "/api/auth/login", { json: { username, password: PASSWORD } });
  /** As before blanks counted as one. */
  const ageNames = async (server: TestServer, names: readonly string[]) => {
    const update = "UPDATE users SET username_key = ?, username = ? WHERE username = ?";
    for (const [i, name] of names.entries()) await runElsewhere(server, update, name, name, `x${i}`);
    await runElsewhere(server, "UPDATE account_keys SET form = 1");
  };

  it("are one username, shown as it was typed, with which its owner signs in", async () => {
    const server = await start();
    const made = await register(server, "ann\u3000lee");
    expect(made.json.data.user.username).toBe("ann\u3000lee");
    for (const blank of [" ", ...BLANKS]) {
      const name = `Ann${blank}Lee`;
      expect((await register(server, name)).status).toBe(409);
      expect((await logIn(server, name)).status).toBe(200);
    }
    expect((await register(server, "annlee")).status).toBe(200);
  });

  it("are renewed by the next start, and those of an account whose name is taken stay its own", async () => {
    const server = await start();
    const names = ["ann lee", "ann\u3000lee", "bea\u00a0lee", "cem  lee"];
    for (const i of names.keys()) await register(server, `x${i}`);
    await ageNames(server, names);
    const renewed = await start({ databasePath: server.databasePath });
    const keys = (await keysIn(renewed)).map(([, usernameKey]) => usernameKey);
    expect(keys).toEqual(["ann lee", "ann\u3000lee", "bea lee", "cem lee"]);
    expect(logged(renewed, "were renewed")).toEqual([expect.objectContaining({ count: 2 })]);
    expect(logged(renewed, "same name")).toHaveLength(1);
    for (const username of names) {
      const answer = await logIn(renewed, username);
      expect([answer.status, answer.json.data?.user.username]).toEqual([200, username]);
    }
  });
});

describe("what is counted for an address", () => {
  const SPELLINGS = ["example.com", "example。com", "ｅxample.com", "EXAMPLE．com"];
  const spelt = (i: number) => `nobody@${SPELLINGS[i % SPELLINGS.length]}`;

  it("is counted for all of its spellings together: guesses", async () => {
    const server = await start({ environment: { GUESSES_PER_ACCOUNT_AND_NETWORK: "4" } });
    const guess = async (i: number) =>
      (await send(server, "POST", "/api/users/login", { json: { email: spelt(i), password: "x" } })).status;
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push(await guess(i));
    expect(statuses).toEqual([400, 400, 400, 400, 429, 429]);
  });

  it("is counted for all of its spellings together: mails", async () => {
    const server = await start({ environment: { MAILS_PER_ADDRESS: "4" } });
    const { quota } = server.app.features.mailing;
    const allowed = [];
    for (let i = 0; i < 6; i++)
      allowed.push(await quota.allows({ letter: verifyAddressLetter, to: spelt(i) }));
    expect(allowed).toEqual([true, true, true, true, false, false]);
  });
});
