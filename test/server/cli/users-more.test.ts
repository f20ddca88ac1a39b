import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf } from "../../seeds/expect-answer.js";
import { freshEmail, login, registerUser, send, signUp } from "../../support/rest.js";
import { frozenClock, startServer, type TestServer } from "../../support/server.js";
import { newOperator, type Operator, PASSWORD } from "./command.js";

let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startServer({ clock: frozenClock(Date.now()) });
  operator = await newOperator(server.databasePath);
});
afterAll(async () => {
  await server.close();
  await operator.leave();
});

const me = (token: string) => send(server, "GET", "/api/users/me", { token });

describe("users create --admin and users role", () => {
  it("create administrators and change roles while the server runs, and never remove the last administrator", async () => {
    const email = freshEmail();
    const words = ["users", "create", "--email", email, "--admin"];
    expect(await operator.json(words, { stdin: PASSWORD })).toMatchObject({ user: { role: "admin" } });
    const admin = await login(server, email);
    expect(claimsOf(admin).role).toBe("admin");
    const only = ["--limit", "1", "--role", "admin"];
    const { users } = await operator.json(["users", "list", ...only]);
    expect(users).toMatchObject([{ email }]);

    for (const last of [
      ["role", email, "user"],
      ["disable", email],
      ["delete", email, "--yes"],
    ]) {
      const { exitCode, stderr } = await operator.run(["users", ...last]);
      expect([last, exitCode, stderr]).toEqual([
        last,
        1,
        "latchkey: This is the last enabled administrator.\n",
      ]);
    }
    expect((await me(admin)).status).toBe(200);

    const second = await signUp(server);
    await operator.json(["users", "role", second.email, "admin"]);
    expect((await me(second.token)).status).toBe(401);
    const token = await login(server, second.email);
    expect((await send(server, "GET", "/api/v1/admin/users", { token })).status).toBe(200);
    const changed = await operator.json(["users", "role", email, "user"]);
    expect(changed).toMatchObject({ changed: true, user: { role: "user" } });
    expect((await me(admin)).status).toBe(401);
    expect(await operator.json(["users", "role", email, "user"])).toMatchObject({ changed: false });
  });
});

describe("users edit", () => {
  it("changes what is passed, deletes what is empty, and leaves the rest", async () => {
    const email = await registerUser(server);
    const moved = freshEmail();
    const words = ["--email", moved, "--first-name", "三", "--last-name", "", "--language", "zh-CN"];
    const { user } = await operator.json(["users", "edit", email, ...words]);
    const profile = { firstName: "三", lastName: null, phoneNumber: "13800138000", language: "zh-CN" };
    expect(user).toMatchObject({ email: moved, username: moved, ...profile });
    expect(await login(server, moved)).toBeTypeOf("string");
  });

  it.each([
    [[], "Pass at least one option to change."],
    [["--email", "nobody"], "--email must be a valid email address."],
    [["--first-name", "1\u001b[2J"], "--first-name must not contain control characters."],
  ])("refuses %j with 2", async (words, sentence) => {
    const finished = await operator.run(["users", "edit", "anybody@example.com", ...words]);
    expect(finished).toEqual({ exitCode: 2, stdout: "", stderr: `latchkey: ${sentence}\n` });
  });
});

describe("users password", () => {
  it("--temporary generates one that cannot sign in and only sets another", async () => {
    const { email, token } = await signUp(server);
    const { temporaryPassword, user } = await operator.json(["users", "password", email, "--temporary"]);
    expect(user.passwordChangeRequired).toBe(true);
    expect((await me(token)).status).toBe(401);
    const json = { email, password: temporaryPassword };
    expect((await send(server, "POST", "/api/users/login", { json })).status).toBe(403);
    const reset = { email, old_password: temporaryPassword, new_password: "my own again" };
    expect((await send(server, "POST", "/api/users/reset_password", { json: reset })).status).toBe(200);
    expect(await login(server, email, "my own again")).toBeTypeOf("string");
  });

  it("sets a permanent one, from standard input, and shows it nowhere", async () => {
    const { email, token } = await signUp(server);
    const stdin = "the operator's choice\n";
    const { stdout, stderr } = await operator.run(["users", "password", email], { stdin });
    expect(stdout + stderr).not.toContain("the operator's choice");
    expect((await me(token)).status).toBe(401);
    expect(await login(server, email, "the operator's choice")).toBeTypeOf("string");
  });
});

describe("users sessions, end-sessions and delete", () => {
  it("list a user's sessions, and end one or all from the next request on", async () => {
    const { email, token } = await signUp(server);
    const other = await login(server, email);
    const { sessions } = await operator.json(["users", "sessions", email]);
    expect(sessions.map(({ id }: { id: string }) => id).sort()).toEqual(
      [token, other].map((each) => claimsOf(each).sid).sort(),
    );
    const one = ["--session", String(claimsOf(other).sid)];
    expect(await operator.json(["users", "end-sessions", email, ...one])).toEqual({ ended: 1 });
    expect([(await me(token)).status, (await me(other)).status]).toEqual([200, 401]);
    expect(await operator.json(["users", "end-sessions", email])).toEqual({ ended: 1 });
    expect((await me(token)).status).toBe(401);
    const { exitCode, stderr } = await operator.run(["users", "end-sessions", email, ...one]);
    expect([exitCode, stderr]).toEqual([1, "latchkey: This session does not exist.\n"]);
  });

  it("delete asks first, and then leaves nothing that can sign in", async () => {
    const { email, token } = await signUp(server);
    const unasked = await operator.run(["users", "delete", email]);
    expect([unasked.exitCode, unasked.stderr]).toEqual([
      2,
      "latchkey: Pass --yes: there is no terminal to ask on.\n",
    ]);
    expect((await me(token)).status).toBe(200);
    await operator.json(["users", "delete", email, "--yes"]);
    expect((await me(token)).status).toBe(401);
    expect((await operator.run(["users", "show", email])).exitCode).toBe(1);
  });

  it("leave their actions in the audit log, by the uuid of the account", async () => {
    const { email } = await signUp(server);
    const { user } = await operator.json(["users", "disable", email, "--reason", "a secret reason"]);
    expect(user.disabledReason).toBe("a secret reason");
    const { entries } = await operator.json(["audit", "list", "--subject", user.uuid, "--actor", "operator"]);
    expect(entries).toMatchObject([{ action: "admin.users.disable", outcome: "ok", actor: "operator" }]);
    expect(JSON.stringify(entries)).not.toContain("a secret reason");
  });
});
