import { accountErrors } from "@latchkey/contracts/errors/account";
import { commonErrors } from "@latchkey/contracts/kit/errors";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../../../apps/server/src/error.js";
import { openKnownPlaces } from "../../../../apps/server/src/features/known-places/index.js";
import { createLimits } from "../../../../apps/server/src/features/limits/service.js";
import { sqliteLimitStore } from "../../../../apps/server/src/features/limits/store.sqlite.js";
import { silentLog as log } from "../../../../apps/server/src/world/log.js";
import { originOf } from "../../../support/origin.js";
import { frozenClock } from "../../../support/server.js";
import { openTestSqlite, type TestSqlite } from "../../../support/sqlite.js";

/** As many as may be compared at once before the first is known, and as many as may wait for those. */
const COMPARED = 30;
const WAITING = 1000;

let opened: TestSqlite;
beforeEach(() => {
  opened = openTestSqlite("normal");
});
afterEach(() => opened.close());

/** Guesses at one account from one network, of which those that are compared stay so until they are decided. */
function crowd() {
  const clock = frozenClock();
  const limits = createLimits({
    store: sqliteLimitStore(opened.sqlite),
    places: openKnownPlaces({ database: opened.database, clock, log }),
    clock,
    log,
    changesPerAccount: 100,
    bounds: {
      windowMs: 900_000,
      perAccountAndNetwork: COMPARED,
      perDevice: 30,
      perAccount: 60,
      perNetwork: 300,
    },
  });
  const decisions: Array<(right: boolean) => void> = [];
  let decided: boolean | undefined;
  const compare = () =>
    decided === undefined
      ? new Promise<boolean>((resolve) => decisions.push(resolve))
      : Promise.resolve(decided);
  const guess = () =>
    limits
      .guard({ subject: "a", typed: "a", from: originOf("192.0.2.1") }, async () => ({
        right: await compare(),
      }))
      .then(
        ({ right }) => (right ? "right" : "wrong"),
        (error: unknown) => error,
      );
  return {
    guess,
    decide(right: boolean) {
      decided = right;
      for (const each of decisions) each(right);
    },
  };
}
const outcomes = (seen: readonly unknown[]) =>
  seen.map((each) =>
    each instanceof AppError ? [each.definition.code, each.retryAfterSeconds] : [each, undefined],
  );
const times = <T>(count: number, act: () => T) => Array.from({ length: count }, act);

describe("a guess that cannot wait for others any longer", () => {
  it("is told to try again in a second, if the limit may not have been reached", async () => {
    const { guess, decide } = crowd();
    const first = times(COMPARED + WAITING, guess);
    const last = await Promise.race([...first, ...times(1, guess)]);
    expect(outcomes([last])).toEqual([[commonErrors.UNAVAILABLE.code, 1]]);
    decide(true);
    const seen = outcomes(await Promise.all(first));
    expect(new Set(seen.map(([outcome]) => outcome))).toEqual(new Set(["right"]));
  });

  it("is told how long the limit lasts, once it has been reached", async () => {
    const { guess, decide } = crowd();
    const first = times(COMPARED, guess);
    decide(false);
    expect(new Set(await Promise.all(first))).toEqual(new Set(["wrong"]));
    expect(outcomes([await guess()])).toEqual([[accountErrors.RATE_LIMITED.code, 900]]);
  });
});
