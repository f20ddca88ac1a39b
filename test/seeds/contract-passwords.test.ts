import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadEngine } from "../../apps/server/src/features/credentials/argon2-engine.mjs";
import { freshEmail, login, registerUser, send } from "../support/rest.js";
import { runElsewhere, valueElsewhere } from "../support/rows.js";
import { startServer, type TestServer } from "../support/server.js";
import { expectDetail } from "./expect-answer.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    environment: { ARGON2_MEMORY_KIB: "1024", ARGON2_TIME_COST: "2", ARGON2_PARALLELISM: "1" },
  });
});
afterAll(() => server.close());

/** Made of "password123" by two libraries, which order the parameters differently. */
const FOREIGN = [
  "$argon2id$v=19$m=512,t=1,p=1$ozbUl6MytGW1LJxajBN8nQ$0hHoC/Swvbu6b+xvEIsslch8Uf4/EYuZgmTDk7LRqgI",
  "$argon2i$v=19$m=512,t=1,p=1$Wo3VOhRKqK1uqRKncZSXIg$inxNiKQTAXENc1ntGYEH+fnHDsD16dgmK3jIMnkWdYk",
  "$argon2d$v=19$m=512,t=1,p=1$48lb1hluRwOzzJhQNFnV6w$OyWtKsILAcyWLfWEK7QtmviOukvswnmnMxgbvUDwfmM",
  "$argon2id$v=19$m=512,p=1,t=1$ZI1VDmNF1k1ph4hSodM/zw$q35J5nUFocA0oN74a7LLt+C3lGQJOuYGpWl93b+NqrU",
  "$argon2i$v=19$m=512,p=1,t=1$1BWVw4leHjDpzVLjTzn4Eg$ZN/6J9OjL/OvlwpgeLIuDmUNXY92gA+iFeSAg63m1hg",
];

async function hashOf(email: string): Promise<string> {
  return String(await valueElsewhere(server, "SELECT hashed_password FROM users WHERE email = ?", email));
}

async function setHash(email: string, hash: string): Promise<void> {
  await runElsewhere(server, "UPDATE users SET hashed_password = ? WHERE email = ?", hash, email);
}

it("hashes with argon2i and the parameters that are set, each time with another salt", async () => {
  const hashes = [await hashOf(await registerUser(server)), await hashOf(await registerUser(server))];
  for (const hash of hashes) expect(hash).toMatch(/^\$argon2i\$v=19\$m=1024,t=2,p=1\$/);
  expect(hashes[0]?.split("$")[4]).not.toBe(hashes[1]?.split("$")[4]);
});

it.each(FOREIGN)(
  "takes a hash that others have made, and renews it at the next login: %s",
  async (foreign) => {
    const email = await registerUser(server);
    await setHash(email, foreign);
    const wrong = { email, password: "password124" };
    expectDetail(
      await send(server, "POST", "/api/users/login", { json: wrong }),
      400,
      "Incorrect email or password",
    );
    expect(await hashOf(email)).toBe(foreign);

    await login(server, email, "password123");
    const renewed = await hashOf(email);
    expect(renewed).toMatch(/^\$argon2i\$v=19\$m=1024,t=2,p=1\$/);
    await login(server, email, "password123");
    expect(await hashOf(email)).toBe(renewed);
  },
);

it("ends no session when it renews a hash", async () => {
  const email = await registerUser(server, undefined, "password123");
  const token = await login(server, email, "password123");
  await setHash(email, FOREIGN[0] ?? "");
  await login(server, email, "password123");
  expect((await send(server, "GET", "/api/users/me", { token })).status).toBe(200);
});

it.each(["", "password123", "$2b$12$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=1,t=1,p=1$x$y"])(
  "lets nobody in by what is no hash: %j",
  async (hash) => {
    const email = await registerUser(server, undefined, "password123");
    await setHash(email, hash);
    for (const password of ["password123", hash, ""]) {
      const answer = await send(server, "POST", "/api/users/login", { json: { email, password } });
      expectDetail(answer, 400, "Incorrect email or password");
    }
  },
);

it("tells passwords apart to the letter", async () => {
  const password = " P\u00e4ssw\u00f6rd\t\u{1f600} ";
  const email = await registerUser(server, undefined, password);
  await login(server, email, password);
  const others = [
    password.trim(),
    password.toLowerCase(),
    `${password}x`,
    password.normalize("NFKD").replace("\u0308", ""),
  ];
  for (const other of [...others, ` ${password}`, password.replace("\t", " ")]) {
    const answer = await send(server, "POST", "/api/users/login", { json: { email, password: other } });
    expectDetail(answer, 400, "Incorrect email or password");
  }
});

/** One password, as different keyboards type it. */
const SPELLINGS = ["Pässwörd 一 Å", "Pässwörd 一 Å".normalize("NFD"), "Pässwörd\u00a0一\u3000\u212b"];
const bySpelling = SPELLINGS.map(
  (spelling) => [JSON.stringify(spelling.normalize("NFD")), spelling] as const,
);

describe.each(bySpelling)("a password set as %s", (_, password) => {
  it.each(bySpelling)(
    "signs in on both surfaces and is replaced where it is typed as %s",
    async (_, typed) => {
      const email = await registerUser(server, undefined, password);
      await login(server, email, typed);
      const json = { username: email, password: typed };
      expect((await send(server, "POST", "/api/auth/login", { json })).status).toBe(200);
      const reset = { email, old_password: typed, new_password: "another one" };
      expect((await send(server, "POST", "/api/users/reset_password", { json: reset })).status).toBe(200);
      await login(server, email, "another one");
    },
  );
});

it.each(bySpelling)("takes a hash of the typed text %s as it is, and renews it", async (_, typed) => {
  const email = await registerUser(server);
  const engine = await loadEngine("@node-rs/argon2");
  const made = await engine.hash(typed, { timeCost: 2, memoryKib: 1024, parallelism: 1 });
  await setHash(email, made);
  await login(server, email, typed);
  const isPrepared = typed === SPELLINGS[0];
  expect((await hashOf(email)) === made).toBe(isPrepared);
  for (const spelling of SPELLINGS) await login(server, email, spelling);
});

it("sets a password with the typed form of an old one, and refuses any other", async () => {
  const email = await registerUser(server);
  const engine = await loadEngine("@node-rs/argon2");
  const [composed = "", typed = ""] = SPELLINGS;
  await setHash(email, await engine.hash(typed, { timeCost: 2, memoryKib: 1024, parallelism: 1 }));
  const reset = (old_password: string) =>
    send(server, "POST", "/api/users/reset_password", {
      json: { email, old_password, new_password: composed },
    });
  expectDetail(await reset(`${typed}x`), 400, "Incorrect password");
  expect((await reset(typed)).status).toBe(200);
  for (const spelling of SPELLINGS) await login(server, email, spelling);
});

it("counts the code points of a password as it is typed", async () => {
  const register = (password: string) =>
    send(server, "POST", "/api/auth/register", {
      json: { username: `u${password}`, email: freshEmail(), password },
    });
  // Three letters after preparation.
  expect((await register("e\u0301e\u0301e\u0301")).status).toBe(200);
  expect((await register("\u00e9\u00e9\u00e9")).status).toBe(422);
});
