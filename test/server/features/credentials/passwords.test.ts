import { afterAll, beforeAll, expect, it } from "vitest";
import { loadEngine } from "../../../../apps/server/src/features/credentials/argon2-engine.mjs";
import { openHasher } from "../../../../apps/server/src/features/credentials/hasher.js";
import { createPasswords } from "../../../../apps/server/src/features/credentials/passwords.js";
import { createQueue } from "../../../../apps/server/src/features/credentials/queue.js";
import { originOf } from "../../../support/origin.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { runElsewhere, valueElsewhere } from "../../../support/rows.js";
import { startServer, type TestServer } from "../../../support/server.js";
import { newOperator } from "../../cli/command.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const hashOf = async (email: string): Promise<string> =>
  String(await valueElsewhere(server, "SELECT hashed_password FROM users WHERE email = ?", email));
const setHash = (email: string, hash: string) =>
  runElsewhere(server, "UPDATE users SET hashed_password = ? WHERE email = ?", hash, email);

it("stores argon2i with its parameters in the hash", async () => {
  expect(await hashOf(await registerUser(server))).toMatch(/^\$argon2i\$v=19\$m=512,t=1,p=1\$/);
});

it("signs in with an argon2id hash of another system, and renews it at that moment", async () => {
  const email = await registerUser(server);
  const id = "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E";
  await setHash(email, id);
  await login(server, email, "password");
  expect(await hashOf(email)).toMatch(/^\$argon2i\$v=19\$m=512,t=1,p=1\$/);
  await login(server, email, "password");
});

it("renews a hash whose parameters differ, and leaves one whose parameters match", async () => {
  const email = await registerUser(server);
  const engine = await loadEngine("@node-rs/argon2");
  const old = await engine.hash(PASSWORD, { timeCost: 2, memoryKib: 512, parallelism: 1 });
  await setHash(email, old);
  await login(server, email);
  const renewed = await hashOf(email);
  expect(renewed).not.toBe(old);
  await login(server, email);
  expect(await hashOf(email)).toBe(renewed);
});

it("does not renew a hash for a wrong password", async () => {
  const email = await registerUser(server);
  const engine = await loadEngine("@node-rs/argon2");
  const old = await engine.hash(PASSWORD, { timeCost: 2, memoryKib: 512, parallelism: 1 });
  await setHash(email, old);
  await send(server, "POST", "/api/users/login", { json: { email, password: "wrong" } });
  expect(await hashOf(email)).toBe(old);
});

it("refuses sign-in if the hash cannot be read", async () => {
  const email = await registerUser(server);
  for (const hash of ["", "!", "$2b$12$abc", "$argon2i$broken"]) {
    await setHash(email, hash);
    for (const password of ["", PASSWORD, hash]) {
      const answer = await send(server, "POST", "/api/users/login", { json: { email, password } });
      expect([answer.status, answer.json]).toEqual([400, { detail: "Incorrect email or password" }]);
    }
  }
});

it("accepts a password of 1,024 code points and refuses one more, at every endpoint", async () => {
  const longest = "😀".repeat(1024);
  const email = await registerUser(server, freshEmail(), longest);
  await login(server, email, longest);
  const json = {
    email: freshEmail(),
    password: `${longest}x`,
    first_name: "",
    last_name: "",
    phone_number: "",
  };
  const refused = await send(server, "POST", "/api/users/register", { json });
  expect(refused.json.detail[0]).toMatchObject({
    ctx: { limit_value: 1024 },
    type: "value_error.any_str.max_length",
  });
  const attempt = await send(server, "POST", "/api/users/login", {
    json: { email, password: `${longest}x` },
  });
  expect(attempt.json).toEqual({ detail: "Incorrect email or password" });
});

/** Passwords whose comparisons are written down: each takes its turn in the queue. */
async function withWitness() {
  const hasher = await openHasher();
  const compared: Array<readonly [hash: string, password: string]> = [];
  const queue = createQueue({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 });
  let turns = 0;
  const passwords = createPasswords({
    hasher: {
      ...hasher,
      verify(hash, password) {
        compared.push([hash, password]);
        return hasher.verify(hash, password);
      },
    },
    queue: {
      ...queue,
      run(turn, task) {
        turns++;
        return queue.run(turn, task);
      },
    },
    queueOfOld: createQueue({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 }),
    parameters: { timeCost: 2, memoryKib: 512, parallelism: 1 },
    refusesCommon: false,
  });
  return { passwords, compared, turns: () => turns, close: hasher.close };
}

const TURN = { kind: "unknown", from: originOf("192.0.2.1") } as const;
const WRONG = { right: false, outdated: false };
const DECOY = expect.stringMatching(/^\$argon2i\$v=19\$m=512,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);

it("does the same work for an unknown user as for a known one", async () => {
  const { passwords, compared, close } = await withWitness();
  const known = await passwords.hash(PASSWORD, TURN);
  for (const hash of [known, undefined, "!"]) {
    expect(await passwords.verify(hash, "wrong", TURN)).toEqual(WRONG);
  }
  expect(compared).toEqual([known, DECOY, DECOY].map((hash) => [hash, "wrong"]));
  await close();
});

it("compares twice if the typed text is not the prepared one, even for an unknown user", async () => {
  const { passwords, compared, turns, close } = await withWitness();
  const known = await passwords.hash(PASSWORD, TURN);
  const before = turns();
  const typed = "wro\u0308ng\u00a0";
  for (const hash of [known, undefined, "!"]) {
    expect(await passwords.verify(hash, typed, TURN)).toEqual(WRONG);
  }
  expect(compared).toEqual(
    [known, DECOY, DECOY].flatMap((hash) => [
      [hash, "wr\u00f6ng "],
      [hash, typed],
    ]),
  );
  expect(turns() - before).toBe(6);
  await close();
});

it("compares once if the prepared text is right, and renews a hash of the typed one", async () => {
  const { passwords, compared, close } = await withWitness();
  const typed = "a\u0308";
  const hash = await passwords.hash(typed, TURN);
  expect(await passwords.verify(hash, typed, TURN)).toEqual({ right: true, outdated: false });
  expect(compared).toHaveLength(1);
  const engine = await loadEngine("@node-rs/argon2");
  const made = await engine.hash(typed, { timeCost: 2, memoryKib: 512, parallelism: 1 });
  expect(await passwords.verify(made, typed, TURN)).toEqual({ right: true, outdated: true });
  expect(await passwords.verify(made, "\u00e4", TURN)).toEqual(WRONG);
  await close();
});

it("does not take a temporary password for a new one because it is typed differently", async () => {
  const email = await registerUser(server, freshEmail(), "Z\u00fcrich 7");
  await runElsewhere(server, "UPDATE users SET must_change_password = ? WHERE email = ?", true, email);
  const json = { email, old_password: "Z\u00fcrich 7", new_password: "Zu\u0308rich\u00a07" };
  const answer = await send(server, "POST", "/api/users/reset_password", { json });
  expect([answer.status, answer.json]).toEqual([403, { detail: "Password change required" }]);
});

it("is prepared wherever it is set or asked for", async () => {
  const typed = "Zu\u0308rich\u00a07";
  const prepared = "Z\u00fcrich 7";
  const email = await registerUser(server, freshEmail(), typed);
  const token = await login(server, email, prepared);
  const confirm = { token, json: { password: typed } };
  expect((await send(server, "POST", "/api/v1/account/confirm", confirm)).status).toBe(200);

  const change = { token, json: { oldPassword: typed, newPassword: `${typed}8` } };
  expect((await send(server, "POST", "/api/v1/account/password", change)).status).toBe(204);
  await login(server, email, `${prepared}8`);

  const operator = await newOperator(server.databasePath);
  await operator.json(["users", "password", email], { stdin: `${typed}9` });
  await operator.leave();
  const last = await login(server, email, `${prepared}9`);
  const again = async (password: string) =>
    (await send(server, "POST", "/api/v1/account/confirm", { token: last, json: { password } })).status;
  expect([await again(`${typed}8`), await again(`${typed}9`)]).toEqual([400, 200]);
});
