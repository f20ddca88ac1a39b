import { createHash, randomBytes, randomUUID } from "node:crypto";
import Database from "better-sqlite3";
import { freshEmail, login, PASSWORD, register, reset, times } from "./support/calls.js";
import type { Flood } from "./support/flood.js";
import { type Client, type Outcome, openClient, type Sent } from "./support/http.js";
import { tally } from "./support/report.js";
import { type Server, sleep } from "./support/server.js";

const CONNECTIONS = 300;
const PAUSE_MS = 20;

/** Hashes at full price, behind one proxy: the strangers come from wherever they say. */
const server = {
  cheapHashes: false,
  environment: { TRUST_PROXY: "1", GUESSES_PER_ACCOUNT: "1000000", MAILS_PER_ADDRESS: "1000000" },
};

/** Each thread keeps the memory of its last hash, 64 MiB; at first use that is new. */
const bounds = { growthMiB: 350, leftMiB: 200 };

/** Another network for each request, as a botnet has them. */
const anywhere = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
/** Another network for each request, all in one /48. */
const inOneSite = (i: number) => `2001:db8:7:${(i & 0xffff).toString(16)}::1`;

/** What strangers do to have passwords hashed. None of it needs an account. */
export const hashingFloods: readonly Flood[] = [
  flood("registrations from many networks", anywhere, (client) => register(client, freshEmail())),
  flood("registrations from one /48", inOneSite, (client) => register(client, freshEmail())),
  flood("sign-ins of unknown users from many networks", anywhere, (client) => login(client, freshEmail())),
  flood("sign-ins of unknown users from one /48", inOneSite, (client) => login(client, freshEmail())),
  {
    ...flood("wrong old passwords from many networks", anywhere, (client, i) =>
      reset(client, planted(i), { old: "wrong", new: PASSWORD }),
    ),
    prepare: (to) => plant(to),
  },
  {
    ...flood("sign-ins of users whose hashes are old and slow", anywhere, (client, i) =>
      login(client, planted(i), "wrong"),
    ),
    prepare: (to) => plant(to, SLOW_HASH),
  },
  {
    ...flood("new passwords by mailed links", anywhere, (client, i) =>
      i % 2 === 0
        ? client.send("POST", "/api/v1/recovery/request", { json: { email: planted(i) } })
        : client.send("POST", "/api/v1/recovery/complete", {
            json: { secret: secretOf(i), newPassword: PASSWORD },
          }),
    ),
    prepare: (to) => plant(to),
  },
];

/** Attacks over many connections, each request from the next of some networks. */
function flood(
  name: string,
  network: (i: number) => string,
  attackOnce: (client: Client, i: number) => Promise<Outcome>,
): Flood {
  return {
    name,
    server,
    bounds,
    seconds: 15,
    async attack({ port }, isOver) {
      const client = openClient(port);
      const seen: Outcome[] = [];
      let sent = 0;
      await Promise.all(
        times(CONNECTIONS, async () => {
          while (!isOver()) {
            const i = sent++;
            seen.push(await attackOnce(comingFrom(client, network(i)), i));
            await sleep(PAUSE_MS);
          }
        }),
      );
      client.close();
      return `${seen.length} requests: ${tally(seen.map(({ error, status }) => error ?? status))}`;
    },
  };
}

function comingFrom(client: Client, network: string): Client {
  const send = (method: "GET" | "POST", path: string, sent: Sent = {}) =>
    client.send(method, path, { ...sent, headers: { ...sent.headers, "X-Forwarded-For": network } });
  return { ...client, send };
}

const PLANTED = 2000;
const planted = (i: number) => `planted${i % PLANTED}@example.com`;
const secretOf = (i: number) => createHash("sha256").update(planted(i)).digest("base64url");
/** About half a second of one core, several times what one of ours takes. */
const SLOW_HASH = `pbkdf2:sha256:1000000$salt$${randomBytes(32).toString("hex")}`;

/** Puts accounts into the database, each with a link that sets a new password. */
async function plant({ databasePath, client }: Server, hash?: string): Promise<void> {
  const email = freshEmail();
  await register(client, email);
  const database = new Database(databasePath);
  const model = database.prepare("SELECT * FROM users WHERE email = ?").get(email);
  const { id: _, ...row } = model as Record<string, unknown>; // Safe: it was just registered.
  const columns = Object.keys(row);
  const insert = database.prepare(
    `INSERT INTO users (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
  );
  const profile = database.prepare("INSERT INTO user_info (user_id) VALUES (?)");
  const link = database.prepare(
    "INSERT INTO secrets (hash, purpose, user_uuid, epoch, email, expires_at) VALUES (?, 'recovery', ?, 0, ?, ?)",
  );
  database.transaction(() => {
    for (let i = 0; i < PLANTED; i++) {
      const [uuid, name] = [randomUUID(), planted(i)];
      const names = { uuid, email: name, email_key: name, username: name, username_key: name };
      const change = hash === undefined ? {} : { hashed_password: hash };
      profile.run(insert.run({ ...row, ...names, ...change }).lastInsertRowid);
      const secret = createHash("sha256").update(secretOf(i)).digest("base64url");
      link.run(secret, uuid, name, Date.now() + 600_000);
    }
  })();
  database.close();
}
