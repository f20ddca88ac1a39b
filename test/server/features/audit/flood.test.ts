import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFlood, type FailureKind } from "../../../../apps/server/src/features/audit/flood.js";

const WINDOW_MS = 900_000;
const VICTIM = "the victim";

const guess = (change: Partial<FailureKind> = {}): FailureKind => ({
  action: "auth.login",
  outcome: "INVALID_CREDENTIALS",
  actor: "anonymous",
  subject: VICTIM,
  network: "192.0.2.1",
  ...change,
});

/** The lines that a flood leaves, with how many failures each tells. */
function linesOf(kinds: Iterable<FailureKind>, windowMs = WINDOW_MS) {
  const flood = createFlood(windowMs);
  const lines: Array<{ readonly kind: FailureKind; readonly times: number }> = [];
  for (const kind of kinds) if (flood.admits(kind, 0)) lines.push({ kind, times: 1 });
  return [...lines, ...flood.drain(windowMs)];
}

const told = (lines: ReturnType<typeof linesOf>) => lines.reduce((sum, { times }) => sum + times, 0);
const ofVictim = (lines: ReturnType<typeof linesOf>) =>
  lines.filter(({ kind: { subject, action } }) => subject === VICTIM && action === "auth.login");

/** Noise of one sort: so many accounts or networks, each so often, from one action or many. */
const noise = fc.record({
  accounts: fc.integer({ min: 0, max: 3000 }),
  times: fc.integer({ min: 1, max: 6 }),
  networks: fc.integer({ min: 1, max: 300 }),
  outcome: fc.constantFrom("INVALID_CREDENTIALS", "RATE_LIMITED", "TOKEN_INVALID"),
  action: fc.constantFrom("auth.login", "auth.refresh", "account.change_password"),
  who: fc.constantFrom("guesses", "own", "nobody"),
});

function* noisy({
  accounts,
  times,
  networks,
  outcome,
  action,
  who,
}: typeof noise extends fc.Arbitrary<infer T> ? T : never) {
  for (let time = 0; time < times; time++) {
    for (let i = 0; i < accounts; i++) {
      const subject = who === "nobody" ? null : `account ${i}`;
      const actor = who === "own" ? `account ${i}` : "anonymous";
      yield guess({ action, outcome, actor, subject, network: `network ${(i * 7 + time) % networks}` });
    }
  }
}

describe("a flood of failures", () => {
  it("leaves lines that name the account under attack, whatever noise surrounds it", () => {
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 4 }),
        fc.array(noise, { maxLength: 2 }),
        fc.integer({ min: 25, max: 60 }),
        fc.constantFrom("one network", "many networks"),
        (before, after, guesses, from) => {
          const attack = Array.from({ length: guesses }, (_, i) =>
            guess(from === "one network" ? {} : { network: `2001:db8:${i}::/64` }),
          );
          const all = [...before.flatMap((each) => [...noisy(each)]), ...attack];
          for (const each of after) all.push(...noisy(each));
          const lines = linesOf(all);
          expect(ofVictim(lines).length).toBeGreaterThan(0);
          expect(told(lines)).toBe(all.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("at 1,020 of the attacker's own accounts hides no guess at another account", () => {
    const own = Array.from({ length: 1020 }, (_, i) =>
      guess({
        action: "account.change_email",
        actor: `own ${i}`,
        subject: `own ${i}`,
        outcome: "EMAIL_TAKEN",
      }),
    );
    const lines = linesOf([...own, ...Array.from({ length: 25 }, () => guess())]);
    expect(told(ofVictim(lines))).toBe(25);
    expect(ofVictim(lines).length).toBe(21);
  });

  it("at 1,999 other accounts hides none either", () => {
    const others = Array.from({ length: 30 * 1999 }, (_, i) => guess({ subject: `other ${i % 1999}` }));
    const lines = linesOf([...others, ...Array.from({ length: 25 }, () => guess())]);
    expect(told(ofVictim(lines))).toBe(25);
  });

  it("names an account with a large part of the failures among any number of accounts", () => {
    const all = function* () {
      for (let i = 0; i < 100_000; i++) {
        yield guess({ subject: `other ${i}` });
        if (i % 1000 === 999) yield guess();
      }
    };
    const lines = linesOf(all());
    expect(ofVictim(lines).length).toBeGreaterThan(0);
    expect(told(lines)).toBe(100_100);
    expect(lines.length).toBeLessThan(6000);
  });

  it("leaves a bounded number of lines, whatever it consists of", () => {
    const kinds = function* () {
      for (let i = 0; i < 200_000; i++) {
        yield guess({
          subject: `account ${i % 7001}`,
          network: `network ${i % 3001}`,
          outcome: `OUTCOME_${i % 13}`,
        });
      }
    };
    const lines = linesOf(kinds());
    expect(lines.length).toBeLessThan(9000);
    expect(told(lines)).toBe(200_000);
  });

  it("is told once, after its window", () => {
    const flood = createFlood(WINDOW_MS);
    for (let i = 0; i < 30; i++) flood.admits(guess(), 0);
    expect(flood.drain(WINDOW_MS - 1)).toEqual([]);
    expect(flood.drain(WINDOW_MS)).toEqual([{ kind: guess(), times: 10 }]);
    expect(flood.drain(WINDOW_MS)).toEqual([]);
  });
});
