import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueAt, retryDelayMs } from "../../../apps/server/src/features/outbox/rules.js";
import {
  isExchangeable,
  isLive,
  isRecent,
  judgeReuse,
  lastSeenMs,
} from "../../../apps/server/src/features/sessions/rules.js";
import { datedBack, replacedBefore } from "../../../apps/server/src/features/signing-keys/rules.js";
import { isDue } from "../../../apps/server/src/features/tokens/claims.js";
import { steadyMs } from "../../../apps/server/src/world/clock.js";
import { CLOCK_TOLERANCE_MS, isBetween, stillLasts } from "../../../apps/server/src/world/times.js";

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const YEAR_MS = 365 * DAY_MS;
/** Far from 1970, so that a clock can be years behind. */
const START_MS = 60 * YEAR_MS;

/** How far a clock is off: by seconds, minutes, or years. */
const offset = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -90_000, max: 90_000 }),
  fc.integer({ min: -120, max: 120 }).map((minutes) => minutes * MINUTE_MS),
  fc.integer({ min: -20, max: 20 }).map((years) => years * YEAR_MS),
);
/** How much time really passes. */
const passing = fc.oneof(
  fc.integer({ min: 0, max: 20 * MINUTE_MS }),
  fc.integer({ min: 0, max: 60 }).map((days) => days * DAY_MS),
  fc.integer({ min: 0, max: 3 }).map((years) => years * YEAR_MS),
);

/** Something that lasts: what is stored when it begins, and whether it still lasts then. */
interface Lasting<T> {
  readonly lengthMs: number;
  begin(nowMs: number): T;
  lasts(stored: T, nowMs: number): boolean;
}

const owner = { id: 1, sessionEpoch: 1, disabled: false };
const lasting = <T>(of: Lasting<T>): Lasting<unknown> => of as Lasting<unknown>; // Safe: only its own values.

const THINGS: ReadonlyArray<readonly [string, Lasting<unknown>]> = [
  [
    "a session",
    lasting({
      lengthMs: 30 * DAY_MS,
      begin: (nowMs) => ({ createdAtMs: nowMs, expiresAtMs: nowMs + 30 * DAY_MS }),
      lasts: (times, nowMs) => isLive({ ...times, userId: 1, epoch: 1, revokedAtMs: null }, owner, nowMs),
    }),
  ],
  [
    "a recent password",
    lasting({
      lengthMs: 10 * MINUTE_MS,
      begin: (confirmedAtMs) => ({ confirmedAtMs }),
      lasts: isRecent,
    }),
  ],
  [
    "an access token",
    lasting({
      lengthMs: 180 * MINUTE_MS,
      begin: (nowMs) => ({ iat: Math.floor(nowMs / 1000), exp: Math.floor(nowMs / 1000) + 180 * 60 }),
      lasts: ({ iat, exp }, nowMs) =>
        isDue({ claims: { sub: "", username: "", jti: "", sid: "", iat, exp }, notBefore: iat }, nowMs) &&
        exp * 1000 > nowMs,
    }),
  ],
  [
    "the time in which a token can be exchanged",
    lasting({
      lengthMs: 7 * DAY_MS,
      begin: (nowMs) => ({ iat: Math.floor(nowMs / 1000) }),
      lasts: (claims, nowMs) => isExchangeable(claims, 7 * DAY_MS, nowMs),
    }),
  ],
  [
    "the time in which a refresh can be repeated",
    lasting({
      lengthMs: MINUTE_MS,
      begin: (atMs) => ({ atMs, keyHash: "hash", sealedSuccessor: "sealed" }),
      lasts: (exchanged, nowMs) =>
        judgeReuse(exchanged, { keyed: true }, { key: "same", nowMs, graceMs: 0, strict: true }) === "repeat",
    }),
  ],
  [
    "the time in which reuse is no theft",
    lasting({
      lengthMs: 10_000,
      begin: (atMs) => ({ atMs, keyHash: "hash", sealedSuccessor: "sealed" }),
      lasts: (exchanged, nowMs) =>
        judgeReuse(exchanged, { keyed: true }, { key: "another", nowMs, graceMs: 0, strict: true }) !==
        "theft",
    }),
  ],
  [
    "a mailed link",
    lasting({
      lengthMs: 30 * MINUTE_MS,
      begin: (nowMs) => ({ createdAtMs: nowMs, expiresAtMs: nowMs + 30 * MINUTE_MS }),
      lasts: isBetween,
    }),
  ],
  [
    "having been seen",
    lasting({
      lengthMs: DAY_MS,
      begin: (lastSeenAtMs) => ({ createdAtMs: 0, lastSeenAtMs }),
      lasts: (session, nowMs) => nowMs - lastSeenMs(session, undefined, nowMs) < DAY_MS,
    }),
  ],
  [
    "a pause before the next attempt to send a mail",
    lasting({
      lengthMs: retryDelayMs(20),
      begin: (nowMs) => ({ dueAtMs: nowMs + retryDelayMs(20) }),
      lasts: ({ dueAtMs }, nowMs) => dueAtMs > dueAt(nowMs).nowMs && dueAtMs <= dueAt(nowMs).latestMs,
    }),
  ],
  [
    "whatever began at a stored time",
    lasting({
      lengthMs: DAY_MS,
      begin: (beganAtMs) => ({ beganAtMs }),
      lasts: ({ beganAtMs }, nowMs) => stillLasts({ beganAtMs, lengthMs: DAY_MS }, nowMs),
    }),
  ],
];

describe.each(THINGS)("%s", (_, thing) => {
  it("lasts no longer than its length once the clock is right, until the clock gets to its time", () => {
    fc.assert(
      fc.property(offset, passing, (aheadMs, passedMs) => {
        const stored = thing.begin(START_MS + aheadMs);
        // Until then it is cleaned away, or a new session is needed.
        const isReached = aheadMs > CLOCK_TOLERANCE_MS && passedMs >= aheadMs - CLOCK_TOLERANCE_MS;
        if (!isReached && passedMs >= thing.lengthMs + CLOCK_TOLERANCE_MS) {
          expect(thing.lasts(stored, START_MS + passedMs)).toBe(false);
        }
      }),
    );
  });

  it("lasts at no time of the clock before it began, or after its end, on any walk of the clock", () => {
    fc.assert(
      fc.property(offset, fc.array(fc.tuple(passing, offset), { maxLength: 20 }), (beginOffset, steps) => {
        const beganAtMs = START_MS + beginOffset;
        const stored = thing.begin(beganAtMs);
        let trueMs = START_MS;
        for (const [passedMs, offsetMs] of steps) {
          trueMs += passedMs;
          const ageMs = trueMs + offsetMs - beganAtMs;
          // Whole seconds are stored of a token.
          const isPossible = ageMs >= -CLOCK_TOLERANCE_MS - 1000 && ageMs <= thing.lengthMs;
          if (!isPossible) expect(thing.lasts(stored, trueMs + offsetMs)).toBe(false);
        }
      }),
    );
  });

  it("lasts for its length if the clock is right, and while it is corrected by seconds", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.integer({ min: -50_000, max: 0 }),
        (part, correctionMs) => {
          const stored = thing.begin(START_MS);
          const passedMs = Math.floor(part * thing.lengthMs * 0.9);
          expect(thing.lasts(stored, START_MS + passedMs)).toBe(true);
          expect(thing.lasts(stored, START_MS + Math.max(passedMs + correctionMs, correctionMs))).toBe(true);
        },
      ),
    );
  });
});

describe("a replaced signing key", () => {
  it("is kept for its time after it was replaced, and no longer, wherever the clock was at earlier rotations", () => {
    const keepMs = 7 * DAY_MS;
    type Key = { readonly kid: string; readonly createdAtMs: number; readonly replacedAtMs?: number };
    fc.assert(
      fc.property(fc.array(offset, { maxLength: 6 }), fc.integer({ min: 8, max: 30 }), (offsets, days) => {
        let trueMs = START_MS;
        let keys: readonly Key[] = [];
        const rotate = (offsetMs: number) => {
          const createdAtMs = trueMs + offsetMs;
          const back = new Map(datedBack(keys, createdAtMs).map((key) => [key.kid, key]));
          const dated = keys
            .map((key) => back.get(key.kid) ?? key)
            .toSorted((a, b) => b.createdAtMs - a.createdAtMs);
          keys = [{ kid: `at ${trueMs}`, createdAtMs }, ...dated];
          const over = new Set(replacedBefore(keys, createdAtMs - keepMs).map(({ kid }) => kid));
          keys = keys.filter(({ kid }) => !over.has(kid));
        };
        for (const each of offsets) {
          rotate(each);
          expect(keys[0]?.kid).toBe(`at ${trueMs}`);
          trueMs += DAY_MS;
        }
        // The clock is right from now on: the first rotation dates back what is from the future.
        for (let i = 0; i < 3; i++) {
          rotate(0);
          expect(keys[0]?.kid).toBe(`at ${trueMs}`);
          trueMs += days * DAY_MS;
        }
        expect(keys.length).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe("the clock of a process", () => {
  it("is the steady one for what lasts within it", () => {
    expect(steadyMs({ nowMs: () => 5, steadyMs: () => 7 })).toBe(7);
    expect(steadyMs({ nowMs: () => 5 })).toBe(5);
  });
});
