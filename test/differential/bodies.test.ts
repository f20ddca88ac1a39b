import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.js";
import { bodiesFor, type Sent } from "./bodies.js";
import { BODY_ENDPOINTS } from "./endpoints.js";
import { intended, type Verdict } from "./intended.js";
import { startTwin, type Twin, twinPython } from "./twin.js";

const SEED = Number(process.env.LATCHKEY_SEED ?? 20260115);
const ABSENT = "there is no Python with FastAPI 0.92, Pydantic 1, email-validator and uvicorn here";
/** Concurrent requests. */
const BATCH = 8;

let server: TestServer;
let twin: Twin | undefined;
beforeAll(async () => {
  server = await startServer();
  twin = twinPython === undefined ? undefined : await startTwin(twinPython);
});
afterAll(async () => {
  await twin?.stop();
  await server.close();
});

/** What a server reports about a body; `undefined` if it finds nothing wrong. */
async function verdictOf(url: string, { contentType, bytes }: Sent): Promise<Verdict | undefined> {
  const response = await fetch(url, {
    method: "POST",
    headers: contentType === undefined ? {} : { "Content-Type": contentType },
    body: new Uint8Array(bytes),
  });
  const body: unknown = await response.json();
  const detail = typeof body === "object" && body !== null && "detail" in body ? body.detail : undefined;
  const faulty = Array.isArray(detail) || detail === "There was an error parsing the body";
  return faulty ? { status: response.status, detail } : undefined;
}

describe.each(BODY_ENDPOINTS)("$path", (endpoint) => {
  it(`finds the same errors in a body as FastAPI (seed ${SEED})`, { timeout: 0 }, async ({ skip }) => {
    if (twin === undefined) return skip(ABSENT);
    const bodies = bodiesFor(endpoint, SEED);
    const compare = async (sent: Sent) => {
      const [theirs, ours] = await Promise.all([
        verdictOf(`${twin?.url}${endpoint.path}`, sent),
        verdictOf(server.url + endpoint.path, sent),
      ]);
      const expected = intended(endpoint, sent, theirs);
      const same = JSON.stringify(ours) === JSON.stringify(expected);
      const body = Buffer.from(sent.bytes).toString("utf8");
      return same ? [] : [{ type: sent.contentType, body, ours, expected, theirs }];
    };
    const mismatches = [];
    for (let i = 0; i < bodies.length; i += BATCH) {
      mismatches.push(...(await Promise.all(bodies.slice(i, i + BATCH).map(compare))).flat());
    }
    expect(mismatches.sort((a, b) => a.body.length - b.body.length)).toEqual([]);
  });
});
