import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freshEmail, login, registerUser, send, signUp } from "../../support/rest.js";
import { runElsewhere } from "../../support/rows.js";
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

const create = (...words: string[]) => operator.json(["users", "create", ...words], { stdin: PASSWORD });

describe("users create", () => {
  it("creates a user who can sign in over REST immediately, on both surfaces", async () => {
    const email = freshEmail();
    const { user } = await create("--email", email, "--username", "Operator's own");
    expect(await login(server, email, PASSWORD)).toBeTypeOf("string");
    const json = { username: "operator's OWN", password: PASSWORD };
    const answer = await send(server, "POST", "/api/auth/login", { json });
    expect(answer.status).toBe(200);
    expect(answer.json.data.user).toMatchObject({ id: user.uuid, username: "Operator's own", email });
  });

  it("keeps the personal data, and null where nothing was given", async () => {
    const email = freshEmail();
    const { user } = await create("--email", email, "--first-name", "三", "--phone", "13800138000");
    expect(user).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: email,
      email,
      firstName: "三",
      lastName: null,
      phoneNumber: "13800138000",
      language: null,
      role: "user",
      disabled: false,
      disabledReason: null,
      emailVerifiedAt: null,
      passwordChangeRequired: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: user.createdAt,
    });
    const token = await login(server, email, PASSWORD);
    const me = await send(server, "GET", "/api/users/me", { token });
    expect(me.json).toEqual({ email, first_name: "三", last_name: null, phone_number: "13800138000" });
  });

  it("refuses a taken address and a taken username, in any letter case", async () => {
    const email = freshEmail();
    await create("--email", email, "--username", "taken once");
    const other = ["--email", freshEmail(), "--username", "TAKEN once"];
    const stdin = PASSWORD;
    const address = await operator.run(["users", "create", "--email", email.toUpperCase()], { stdin });
    expect(address).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "latchkey: This email is already registered.\n",
    });
    const username = await operator.run(["users", "create", ...other, "--json"], { stdin });
    expect(username.exitCode).toBe(1);
    expect(JSON.parse(username.stderr)).toEqual({
      error: { code: "USERNAME_TAKEN", message: "This username is already taken." },
    });
  });

  it.each([
    [["--email", "nobody"], "--email must be a valid email address."],
    [["--email", "a@example.com", "--username", "<b>"], "--username must not contain '<' or '>'."],
    [["--email", "a@example.com", "--username", " "], "--username must have at least 1 character."],
    [
      ["--email", "a@example.com", "--username", "b@example.com"],
      "--username must not contain '@' unless it is the account's email.",
    ],
    [["--email", "a@example.com", "--phone", "1\u001b[2J"], "--phone must not contain control characters."],
  ])("refuses %j before it asks for a password", async (words, sentence) => {
    const { exitCode, stderr } = await operator.run(["users", "create", ...words]);
    expect(stderr).toBe(`latchkey: ${sentence}\n`);
    expect(exitCode).toBe(2);
  });
});

describe("users disable", () => {
  it("makes a running server refuse the user's token on the next request", async () => {
    const { email, token } = await signUp(server);
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
    const { exitCode, stdout } = await operator.spawn(["users", "disable", email]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Disabled user\d+\.\d+@example\.com \([0-9a-f-]{36}\); all sessions have ended\.\n$/,
    );
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
    expect((await send(server, "GET", "/api/auth/verify", { token })).status).toBe(401);
    expect((await send(server, "POST", "/api/users/refresh_token", { token })).status).toBe(403);
    const json = { email, password: PASSWORD };
    expect((await send(server, "POST", "/api/users/login", { json })).status).toBe(403);
  });

  it("does nothing more the second time, and says so", async () => {
    const email = await registerUser(server);
    expect(await operator.json(["users", "disable", email])).toMatchObject({ changed: true });
    const { user, changed } = await operator.json(["users", "disable", email]);
    expect({ changed, disabled: user.disabled }).toEqual({ changed: false, disabled: true });
    expect((await operator.run(["users", "disable", email])).stdout).toMatch(/ was already disabled\.\n$/);
  });

  it("leaves ended sessions ended when the user is enabled again and signs in again", async () => {
    const { email, token } = await signUp(server);
    await operator.json(["users", "disable", email]);
    expect(await operator.json(["users", "enable", email])).toMatchObject({
      changed: true,
      user: { disabled: false },
    });
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
    const again = await login(server, email);
    expect((await send(server, "GET", "/api/users/me", { token: again })).status).toBe(200);
    expect((await operator.run(["users", "enable", email])).stdout).toMatch(/ was already enabled\.\n$/);
  });

  it("puts the sessions on the blacklist that nodes share", async () => {
    const REDIS_URL = inject("redisUrl");
    const environment = { REDIS_URL };
    const { clock, databasePath } = server;
    const node = await startServer({ environment, databasePath, clock });
    try {
      const { email, token } = await signUp(node);
      await operator.json(["users", "disable", email], { environment });
      const { sid } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
      expect(await node.host.redis?.exists(`latchkey:{blacklist}:${sid}`)).toBe(1);
      expect((await send(node, "GET", "/api/users/me", { token })).status).toBe(401);
    } finally {
      await node.close();
    }
  });

  it("takes effect even while Redis is away", async () => {
    const { email, token } = await signUp(server);
    await operator.json(["users", "disable", email], { environment: { REDIS_URL: "redis://127.0.0.1:1" } });
    expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(401);
  });
});

describe("users show", () => {
  it("finds a user by address, username and uuid, in any letter case", async () => {
    const email = freshEmail();
    const { user } = await create("--email", email, "--username", "Findable");
    for (const name of [email.toUpperCase(), "fINDABLE", user.uuid, user.uuid.toUpperCase()]) {
      expect(await operator.json(["users", "show", name])).toEqual({ user });
    }
    const { stdout } = await operator.run(["users", "show", "findable"]);
    expect(stdout).toContain(`uuid:       ${user.uuid}\nusername:   Findable\nemail:      ${email}\n`);
  });

  it("shows the owner of a uuid, not the user who chose it as a username", async () => {
    const { user } = await create("--email", freshEmail());
    await create("--email", freshEmail(), "--username", user.uuid);
    expect(await operator.json(["users", "show", user.uuid])).toEqual({ user });
  });

  it.each([["show"], ["disable"], ["enable"]])(
    "%s says that the user does not exist, with 1",
    async (verb) => {
      const finished = await operator.run(["users", verb, "nobody@example.com"]);
      expect(finished).toEqual({ exitCode: 1, stdout: "", stderr: "latchkey: This user does not exist.\n" });
    },
  );
});

describe("users list", () => {
  it("lists users in order of creation, page by page", async () => {
    const own = await newOperator();
    try {
      expect((await own.run(["users", "list"])).stdout).toBe(`No users match in ${own.databasePath}.\n`);
      for (const name of ["ann", "王小明", "cid"]) {
        const words = ["users", "create", "--email", `${name}@example.com`, "--username", name];
        await own.json(words, { stdin: PASSWORD });
      }
      const first = await own.json(["users", "list", "--limit", "2"]);
      expect(first.users.map(({ username }: { username: string }) => username)).toEqual(["ann", "王小明"]);
      const second = await own.json(["users", "list", "--limit", "2", "--after", first.next]);
      expect(second.users.map(({ username }: { username: string }) => username)).toEqual(["cid"]);
      expect(second.next).toBeNull();

      const { stdout } = await own.run(["users", "list"]);
      const [headings, ...rows] = stdout.trimEnd().split("\n");
      expect(headings?.split(/ {2,}/)).toEqual(["UUID", "USERNAME", "EMAIL", "ROLE", "DISABLED", "CREATED"]);
      expect(rows[1]).toMatch(/^[0-9a-f-]{36} {2}王小明 {4}王小明@example\.com {2}user {2}no {8}\d{4}-/);
      expect(rows).toHaveLength(3);
    } finally {
      await own.leave();
    }
  });

  it("prints no hash and no epoch, whatever is asked", async () => {
    const email = await registerUser(server);
    for (const words of [
      ["list"],
      ["list", "--json"],
      ["show", email],
      ["show", email, "--json"],
      ["disable", email, "--json"],
    ]) {
      const { stdout, stderr } = await operator.run(["users", ...words]);
      expect(stdout).toContain(email);
      expect(stdout + stderr).not.toMatch(/argon2|hash|epoch/i);
    }
  });

  it("removes terminal control characters from its output", async () => {
    const email = await registerUser(server);
    const hostile = "x\u001b]0;owned\u0007\u009b2J\u202ey\nz";
    await runElsewhere(server, "UPDATE users SET username = ? WHERE email = ?", hostile, email);
    await runElsewhere(server, "UPDATE user_info SET first_name = ?", hostile);
    for (const words of [
      ["list", "--limit", "1000"],
      ["show", email],
      ["disable", email],
    ]) {
      const { stdout } = await operator.run(["users", ...words]);
      expect(stdout).toContain("x]0;owned2Jyz");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be looked for.
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    const { stdout } = await operator.run(["users", "show", email, "--json"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be looked for.
    expect(stdout.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(stdout).user.firstName).toBe(hostile);
  });
});
