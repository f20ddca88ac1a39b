import fc from "fast-check";
import { describe, expect, inject, it } from "vitest";
import { mailedSecret } from "../../support/mail.js";
import { login, PASSWORD, send, signUp } from "../../support/rest.js";
import { startServer, type TestClock, type TestServer } from "../../support/server.js";

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const YEAR_MS = 365 * DAY_MS;
const START_MS = Date.UTC(2026, 0, 15);
const TOLERANCE_MS = MINUTE_MS;

/** A machine's clock: the time that really passes, and how far the clock is off. */
function machineClock() {
  let trueMs = START_MS;
  let offMs = 0;
  return {
    nowMs: () => trueMs + offMs,
    steadyMs: () => trueMs - START_MS,
    advance: ({ ms = 0 }: { readonly ms?: number }) => {
      trueMs += ms;
    },
    set: (ms: number) => {
      offMs = ms;
    },
    trueMs: () => trueMs,
  } satisfies TestClock & Record<string, unknown>;
}

const offset = fc.oneof(
  fc.integer({ min: -180, max: 180 }).map((minutes) => minutes * MINUTE_MS),
  fc.integer({ min: -40, max: 40 }).map((days) => days * DAY_MS),
  fc.integer({ min: -5, max: 5 }).map((years) => years * YEAR_MS),
);
const wait = fc.oneof(
  fc.integer({ min: 0, max: 15 * MINUTE_MS }),
  fc.integer({ min: 0, max: 20 }).map((hours) => hours * 60 * MINUTE_MS),
  fc.integer({ min: 0, max: 40 }).map((days) => days * DAY_MS),
);
const step = fc.record({ wait, offset, restart: fc.boolean(), clean: fc.boolean() });
const walks = fc.record({
  began: offset,
  steps: fc.array(step, { maxLength: 4 }),
  /** Afterwards the clock is right; the last look is then, or when the clock gets to where it was. */
  last: fc.constantFrom("then", "when the clock gets there"),
  later: wait,
});

const clean = async ({ app: { features } }: TestServer) => {
  await features.sessions.deleteOver();
  await features.links.deleteOver();
};

const isOk = async (answer: Promise<{ readonly status: number }>) => (await answer).status < 300;

describe.each([
  ["SQLite alone", () => ({})],
  ["SQLite and Redis", () => ({ REDIS_URL: inject("redisUrl") })],
])("on any walk of the clock, live and over restarts, with %s", (_, environment) => {
  it("nothing lasts longer than its length, and what was ended stays so", async () => {
    await fc.assert(
      fc.asyncProperty(walks, async ({ began, steps, last, later }) => {
        const clock = machineClock();
        clock.set(began);
        const first = await startServer({ clock, environment: environment(), withoutRedis: true });
        let server = first;
        /** How much later everything began by its own time, if nothing can tell any more that it was ahead. */
        let lateMs = 0;
        const restart = async () => {
          if (server !== first) await server.close();
          server = await startServer({
            clock,
            databasePath: first.databasePath,
            environment: environment(),
            withoutRedis: true,
          });
        };
        try {
          const { email, token } = await signUp(server);
          const ended = await login(server, email);
          await send(server, "POST", "/api/users/logout", { token: ended });
          await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
          const secret = await mailedSecret(server, email);
          const see = async () => {
            const isRight = clock.nowMs() === clock.trueMs();
            const longest = (ms: number) => (isRight ? ms + TOLERANCE_MS + lateMs : Number.POSITIVE_INFINITY);
            const ageMs = clock.trueMs() - START_MS;
            const account = await send(server, "GET", "/api/v1/account", { token });
            if (account.status === 200) expect(ageMs).toBeLessThanOrEqual(longest(180 * MINUTE_MS));
            const data = await send(server, "GET", "/api/v1/account/data", { token });
            if (data.status === 200) expect(ageMs).toBeLessThanOrEqual(longest(10 * MINUTE_MS));
            for (const path of ["/api/v1/account", "/api/v1/sessions"]) {
              expect((await send(server, "GET", path, { token: ended })).status).toBe(401);
            }
            return { ageMs, longest };
          };
          for (const { wait, offset, restart: again, clean: cleaned } of steps) {
            clock.advance({ ms: wait });
            clock.set(offset);
            if (again) await restart();
            if (cleaned) await clean(server);
            if (clock.nowMs() !== clock.trueMs()) await see();
          }
          clock.set(0);
          if (clock.trueMs() >= START_MS + began) lateMs = Math.max(0, began);
          await clean(server);
          await see();
          const untilThereMs = START_MS + began - clock.trueMs();
          clock.advance({
            ms: last === "then" ? later : Math.max(0, untilThereMs) + (later % (2 * MINUTE_MS)),
          });
          const { ageMs, longest } = await see();
          const json = { secret, newPassword: `${PASSWORD} 2` };
          if (await isOk(send(server, "POST", "/api/users/refresh_token", { token }))) {
            expect(ageMs).toBeLessThanOrEqual(longest(7 * DAY_MS));
          }
          if (await isOk(send(server, "POST", "/api/v1/recovery/complete", { json }))) {
            expect(ageMs).toBeLessThanOrEqual(longest(30 * MINUTE_MS));
          }
          // Whatever happened: with a clock that is right, everything begins again.
          const password = (await isOk(
            send(server, "POST", "/api/users/login", { json: { email, password: PASSWORD } }),
          ))
            ? PASSWORD
            : json.newPassword;
          const fresh = await login(server, email, password);
          expect((await send(server, "GET", "/api/v1/account/data", { token: fresh })).status).toBe(200);
        } finally {
          if (server !== first) await server.close();
          await first.close();
        }
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
});

describe("a clock that was a day ahead and is right again", () => {
  it("leaves no session, recent password or link that comes back to life a day later", async () => {
    const clock = machineClock();
    clock.set(DAY_MS);
    const server = await startServer({ clock });
    const { email, token } = await signUp(server);
    await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
    const secret = await mailedSecret(server, email);
    expect((await send(server, "GET", "/api/v1/account/data", { token })).status).toBe(200);
    clock.set(0);
    await clean(server);
    clock.advance({ ms: DAY_MS + MINUTE_MS });
    expect((await send(server, "GET", "/api/v1/account", { token })).status).toBe(401);
    const json = { secret, newPassword: `${PASSWORD} 2` };
    expect((await send(server, "POST", "/api/v1/recovery/complete", { json })).status).toBe(400);
    await server.close();
  });

  it("shows a replaced signing key to every process within its time", async () => {
    const clock = machineClock();
    clock.set(YEAR_MS);
    const server = await startServer({ clock });
    const other = await startServer({ clock, databasePath: server.databasePath });
    const keys = async ({ url }: TestServer) =>
      (await send({ url }, "GET", "/.well-known/jwks.json")).json.keys.length;
    expect([await keys(server), await keys(other)]).toEqual([1, 1]);
    clock.set(0);
    await server.app.features.signingKeys.rotate();
    clock.advance({ ms: MINUTE_MS });
    expect([await keys(server), await keys(other)]).toEqual([2, 2]);
    await other.close();
    await server.close();
  });

  it("sends a mail that was put off while the clock was ahead", async () => {
    const clock = machineClock();
    clock.set(YEAR_MS);
    const server = await startServer({ clock });
    const { email } = await signUp(server);
    await send(server, "POST", "/api/v1/recovery/request", { json: { email } });
    clock.set(0);
    await server.app.features.mailWorker.deliver();
    const [mail] = await server.app.features.mail.list({ limit: 1 });
    expect(mail).toMatchObject({ to: email, state: "kept" });
    await server.close();
  });
});
