import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadEngine } from "../../../../apps/server/src/features/credentials/argon2-engine.mjs";
import { openHasher } from "../../../../apps/server/src/features/credentials/hasher.js";
import { createPasswords } from "../../../../apps/server/src/features/credentials/passwords.js";
import { createQueue } from "../../../../apps/server/src/features/credentials/queue.js";
import { originOf } from "../../../support/origin.js";
import { freshEmail, login, PASSWORD, registerUser, send } from "../../../support/rest.js";
import { startServer, type TestServer } from "../../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const hashOf = (email: string): string => {
  const database = new Database(server.databasePath);
  const row = database.prepare("SELECT hashed_password AS hash FROM users WHERE email = ?").get(email);
  database.close();
  return (row as { hash: string }).hash; // Safe: the account was just registered.
};
const setHash = (email: string, hash: string) => {
  const database = new Database(server.databasePath);
  database.prepare("UPDATE users SET hashed_password = ? WHERE email = ?").run(hash, email);
  database.close();
};

it("stores argon2i with its parameters in the hash", async () => {
  expect(hashOf(await registerUser(server))).toMatch(/^\$argon2i\$v=19\$m=512,t=1,p=1\$/);
});

it("signs in with an argon2id hash of another system, and renews it at that moment", async () => {
  const email = await registerUser(server);
  const id = "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E";
  setHash(email, id);
  await login(server, email, "password");
  expect(hashOf(email)).toMatch(/^\$argon2i\$v=19\$m=512,t=1,p=1\$/);
  await login(server, email, "password");
});

it("renews a hash whose parameters differ, and leaves one whose parameters match", async () => {
  const email = await registerUser(server);
  const engine = await loadEngine("@node-rs/argon2");
  const old = await engine.hash(PASSWORD, { timeCost: 2, memoryKib: 512, parallelism: 1 });
  setHash(email, old);
  await login(server, email);
  const renewed = hashOf(email);
  expect(renewed).not.toBe(old);
  await login(server, email);
  expect(hashOf(email)).toBe(renewed);
});

it("does not renew a hash for a wrong password", async () => {
  const email = await registerUser(server);
  const engine = await loadEngine("@node-rs/argon2");
  const old = await engine.hash(PASSWORD, { timeCost: 2, memoryKib: 512, parallelism: 1 });
  setHash(email, old);
  await send(server, "POST", "/api/users/login", { json: { email, password: "wrong" } });
  expect(hashOf(email)).toBe(old);
});

it("refuses sign-in if the hash cannot be read", async () => {
  const email = await registerUser(server);
  for (const hash of ["", "!", "$2b$12$abc", "$argon2i$broken"]) {
    setHash(email, hash);
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

it("does the same work for an unknown user as for a known one", async () => {
  const hasher = await openHasher();
  const compared: string[] = [];
  const passwords = createPasswords({
    hasher: {
      ...hasher,
      verify(hash, password) {
        compared.push(hash);
        return hasher.verify(hash, password);
      },
    },
    queue: createQueue({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 }),
    queueOfOld: createQueue({ concurrency: 1, maxWaiting: 1, maxWaitMs: 1000 }),
    parameters: { timeCost: 2, memoryKib: 512, parallelism: 1 },
    refusesCommon: false,
  });
  const turn = { kind: "unknown", from: originOf("192.0.2.1") } as const;
  const known = await passwords.hash(PASSWORD, turn);
  expect(await passwords.verify(known, "wrong", turn)).toEqual({ right: false, outdated: false });
  expect(await passwords.verify(undefined, "wrong", turn)).toEqual({ right: false, outdated: false });
  expect(await passwords.verify("!", "wrong", turn)).toEqual({ right: false, outdated: false });
  const shape = /^\$argon2i\$v=19\$m=512,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/;
  expect(compared).toEqual([known, expect.stringMatching(shape), expect.stringMatching(shape)]);
  await hasher.close();
});
