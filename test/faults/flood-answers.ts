import { HOST, keepOpen, type Strangers } from "./flood-edge.js";
import { describe, freshEmail, PASSWORD, signIn, signUp, times } from "./support/calls.js";
import type { Flood } from "./support/flood.js";
import type { Client } from "./support/http.js";

/** Twenty calls of a signed-in caller in one request. */
const batchOf = (procedure: string, token: string) =>
  `GET /trpc/${times(20, () => procedure).join(",")}?batch=1 HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n\r\n`;

/** What users do to make large answers: they sign in before, and ask with that token. */
function largeAnswers(
  name: string,
  prepare: (client: Client) => Promise<string>,
  strangers: (token: string) => Strangers,
): Flood {
  let token = "";
  return {
    name,
    server: { environment: { CHANGES_PER_ACCOUNT: "1000000" } },
    async prepare({ client }) {
      token = await prepare(client);
    },
    attack: (server, isOver) => keepOpen(server, isOver, strangers(token)),
  };
}

/** An account with a log that is longer than a download holds. */
async function longLived(client: Client): Promise<string> {
  const { token } = await signUp(client);
  const headers = { "User-Agent": "U".repeat(512) };
  for (const firstName of times(4000, String)) {
    const changed = await client.send("PATCH", "/api/v1/account", { json: { firstName }, token, headers });
    if (changed.status !== 200) throw new Error(describe(changed));
  }
  return token;
}

/** An account whose names fill the body of its registration. */
async function longNamed(client: Client): Promise<string> {
  const [email, name] = [freshEmail(), "中".repeat(10_000)];
  const json = {
    email,
    password: PASSWORD,
    first_name: name,
    last_name: name,
    phone_number: "1".repeat(4000),
  };
  const registered = await client.send("POST", "/api/users/register", { json });
  if (registered.status !== 200) throw new Error(describe(registered));
  return signIn(client, email);
}

/** What users with an account do to make large answers of short requests. */
export const answerFloods: readonly Flood[] = [
  largeAnswers("batches of downloads of a long log", longLived, (token) => ({
    networks: 5,
    connections: 8,
    renewMs: 1000,
    first: batchOf("account.exportData", token),
    reads: true,
  })),
  largeAnswers("batches of long names left unread", longNamed, (token) => ({
    networks: 5,
    connections: 100,
    first: batchOf("account.get", token).repeat(4),
  })),
];
