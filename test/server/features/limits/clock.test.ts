import { accountErrors } from "@latchkey/contracts/errors/account";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { AppError } from "../../../../apps/server/src/error.js";
import { openKnownPlaces } from "../../../../apps/server/src/features/known-places/index.js";
import { openLimitStore } from "../../../../apps/server/src/features/limits/index.js";
import { createLimits } from "../../../../apps/server/src/features/limits/service.js";
import { silentLog as log } from "../../../../apps/server/src/world/log.js";
import { describeEachEngine, type TestDatabases } from "../../../support/engines.js";
import { originOf } from "../../../support/origin.js";
import { PASSWORD, registerUser } from "../../../support/rest.js";
import { frozenClock, startServer, type TestClock } from "../../../support/server.js";
import { repeat, statuses, usersLogin } from "./doors.js";

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;
const WINDOW_MS = 15 * MINUTE_MS;
const MOST = 3;
/** How much earlier than another a count of the same machine may be dated, and still be judged after it. */
const OUT_OF_ORDER_MS = 5_000;

/** What can happen to a server and to the clock of its machine. */
const events = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: "guess" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.integer({ min: 0, max: 2 * WINDOW_MS }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("step" as const),
      ms: fc.oneof(
        fc.integer({ min: -40, max: 40 }).map((minutes) => minutes * MINUTE_MS),
        fc.integer({ min: -5, max: 5 }).map((years) => years * YEAR_MS),
      ),
    }),
  },
);
const walks = fc.array(events, { minLength: 1, maxLength: 40 });

/** How long a refusal says that it lasts; `undefined` if it is none. */
const refusedForMs = async (act: Promise<unknown>): Promise<number | undefined> => {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return undefined;
  if (!(error instanceof AppError) || error.retryAfterSeconds === undefined) throw error;
  return error.retryAfterSeconds * 1000;
};

describeEachEngine("limits in $engine, whatever the clock does, live and over restarts", ({ open }) => {
  let opened: TestDatabases;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const bounds = {
    windowMs: WINDOW_MS,
    perAccountAndNetwork: MOST,
    perDevice: MOST,
    perAccount: 1000,
    perNetwork: MOST,
  };
  const quota = { of: "things", limit: MOST, windowMs: WINDOW_MS };
  let uptimeMs = 0;
  /** Time passes, and the clock shows it. */
  const wait = (clock: TestClock, ms: number) => {
    uptimeMs += ms;
    clock.advance({ ms });
  };
  const limitsAt = (clock: TestClock) =>
    createLimits({
      uptime: { era: "this machine", nowMs: () => uptimeMs },
      store: openLimitStore(opened.database),
      places: openKnownPlaces({ database: opened.database, clock, log }),
      clock,
      log,
      changesPerAccount: 100,
      bounds,
    });
  let walk = 0;

  const kinds = {
    "a wrong password": (limits: ReturnType<typeof limitsAt>, name: string) =>
      limits.guard({ typed: name, from: originOf(name) }, async () => ({ right: false })),
    "a refusal that reveals": (limits: ReturnType<typeof limitsAt>, name: string) =>
      limits
        .revealing(originOf(name), async () => {
          throw new AppError(accountErrors.EMAIL_TAKEN);
        })
        .catch((error: unknown) => {
          if (!(error instanceof AppError) || error.definition !== accountErrors.EMAIL_TAKEN) throw error;
        }),
    "what is done within a quota": (limits: ReturnType<typeof limitsAt>, name: string) =>
      limits.within(quota, name, async () => {}),
  };

  it.each(Object.entries(kinds))("never last longer than their length for %s", async (kind, act) => {
    await fc.assert(
      fc.asyncProperty(walks, async (steps) => {
        const clock = frozenClock();
        const name = `walk ${++walk} of ${kind}`;
        let limits = limitsAt(clock);
        const counted: { atMs: number; uptimeMs: number }[] = [];
        for (const step of steps) {
          if (step.do === "wait") wait(clock, step.ms);
          else if (step.do === "step") clock.advance({ ms: step.ms });
          else if (step.do === "restart") limits = limitsAt(clock);
          else {
            const waitMs = await refusedForMs(act(limits, name));
            if (waitMs === undefined) counted.push({ atMs: clock.nowMs(), uptimeMs });
            else {
              expect(waitMs).toBeLessThanOrEqual(WINDOW_MS);
              // Nothing refuses that was counted longer ago than a window, or further ahead; dates within a window
              // may be a little out of order.
              const near = counted.filter(
                (each) =>
                  uptimeMs - each.uptimeMs < WINDOW_MS &&
                  Math.abs(each.atMs - clock.nowMs()) <= WINDOW_MS + OUT_OF_ORDER_MS,
              );
              expect(near.length).toBeGreaterThanOrEqual(MOST);
            }
          }
        }
        wait(clock, WINDOW_MS);
        expect(await refusedForMs(act(limits, name))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("leave nothing in the database once they are over, or were begun in the future", async () => {
    await fc.assert(
      fc.asyncProperty(walks, async (steps) => {
        const clock = frozenClock();
        const limits = limitsAt(clock);
        const name = `walk ${++walk}`;
        for (const step of steps) {
          if (step.do === "wait") wait(clock, step.ms);
          else if (step.do === "step") clock.advance({ ms: step.ms });
          else await kinds["what is done within a quota"](limits, name).catch(() => {});
        }
        // Beyond any year that the walk has seen.
        clock.advance({ ms: 300 * YEAR_MS });
        await limits.deleteOver();
        expect(await limits.deleteOver()).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a server whose clock ran ahead by a year and was put right", () => {
  it.each(["without Redis", "with Redis"])(
    "refuses nobody for that, %s, live and after a restart",
    async (redis) => {
      const environment = {
        TRUST_PROXY: "1",
        ...(redis === "with Redis" && { REDIS_URL: inject("redisUrl") }),
      };
      const server = await startServer({ environment });
      const email = await registerUser(server);
      const knownAt = "198.51.100.7";
      server.clock.advance({ days: 365 });
      const answers = await repeat(40, () => usersLogin(server, email, "wrong", "192.0.2.1"));
      expect(statuses(answers, 429)).toBe(10);
      expect((await usersLogin(server, email, PASSWORD, knownAt)).status).toBe(200);
      server.clock.advance({ days: -365 });
      expect((await usersLogin(server, email, PASSWORD, "192.0.2.1")).status).toBe(200);
      const { databasePath, clock } = server;
      const restarted = await startServer({ environment, databasePath, clock });
      await repeat(40, () => usersLogin(restarted, email, "wrong", "192.0.2.2"));
      const refused = await usersLogin(restarted, email, PASSWORD, "192.0.2.2");
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "900"]);
      clock.advance({ minutes: 15 });
      expect((await usersLogin(restarted, email, PASSWORD, "192.0.2.2")).status).toBe(200);
      await restarted.close();
      await server.close();
    },
  );
});
