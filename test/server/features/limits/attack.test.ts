import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_CHANGE } from "../../../../apps/server/src/database/change.js";
import { openKnownPlaces } from "../../../../apps/server/src/features/known-places/index.js";
import { createLimits } from "../../../../apps/server/src/features/limits/service.js";
import { sqliteLimitStore } from "../../../../apps/server/src/features/limits/store.sqlite.js";
import { silentLog as log } from "../../../../apps/server/src/world/log.js";
import { originOf } from "../../../support/origin.js";
import { frozenClock } from "../../../support/server.js";
import { openTestSqlite, type TestSqlite } from "../../../support/sqlite.js";

let opened: TestSqlite;
beforeEach(() => {
  opened = openTestSqlite("normal");
});
afterEach(() => opened.close());

const bounds = {
  windowMs: 900_000,
  perAccountAndNetwork: 30,
  perDevice: 30,
  perAccount: 60,
  perNetwork: 300,
};
const WRONG = { right: false };
const RIGHT = { right: true };

function open() {
  const clock = frozenClock();
  const limits = createLimits({
    store: sqliteLimitStore(opened.sqlite),
    places: openKnownPlaces({ database: opened.database, clock, log }),
    clock,
    log,
    changesPerAccount: 100,
    bounds,
  });
  const compared = { total: 0, byAccount: new Map<string, number>(), byNetwork: new Map<string, number>() };
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const from = (network: string, device?: string) =>
    originOf(network, device === undefined ? {} : { device });

  /** Whether the password was compared. */
  const guess = (subject: string, network: string) =>
    limits
      .guard({ subject, typed: subject, from: from(network) }, async () => {
        compared.total++;
        count(compared.byAccount, subject);
        count(compared.byNetwork, network);
        return WRONG;
      })
      .then(
        () => true,
        () => false,
      );
  const signIn = (subject: string, network: string, device?: string) =>
    limits
      .guard({ subject, typed: subject, from: from(network, device) }, async () => RIGHT)
      .then(
        ({ place }) => place.remember(NO_CHANGE).then(() => "in" as const),
        () => "refused" as const,
      );
  return { clock, limits, compared, guess, signIn, from };
}

const ACCOUNTS = Array.from({ length: 1000 }, (_, i) => `account ${i}`);
const NETWORKS = Array.from({ length: 100 }, (_, i) => `network ${i}`);

/** 100,000 guesses take time on a busy machine. */
const PATIENCE_MS = 300_000;

describe("an attacker with 1,000 addresses and 100 networks", () => {
  it(
    "compares 300 passwords per network and 60 per account in a window, while the owner signs in throughout",
    async () => {
      const { clock, compared, guess, signIn } = open();
      const owner = "account 0";
      const device = "the device of the owner";
      await signIn(owner, "home", device);

      const seen: string[] = [];
      for (const network of NETWORKS) {
        await Promise.all(ACCOUNTS.map((account) => guess(account, network)));
        // From the attacker's own network, in the middle of the attack.
        seen.push(await signIn(owner, network, device));
      }
      expect(new Set(seen)).toEqual(new Set(["in"]));
      expect(compared.total).toBe(30_000);
      expect(new Set(compared.byNetwork.values())).toEqual(new Set([300]));
      // 60 networks spent their guesses on the first 300 accounts, 40 on the next.
      const figures = ACCOUNTS.map((account) => compared.byAccount.get(account) ?? 0);
      expect(figures.slice(0, 300)).toEqual(Array(300).fill(60));
      expect(figures.slice(300, 600)).toEqual(Array(300).fill(40));
      expect(figures.slice(600)).toEqual(Array(400).fill(0));

      clock.advance({ minutes: 15 });
      await Promise.all(ACCOUNTS.map((account) => guess(account, "network 0")));
      expect(compared.byNetwork.get("network 0")).toBe(600);
    },
    PATIENCE_MS,
  );

  it(
    "gets 60 guesses at one account from all networks, and its owner gets in from a known place and a " +
      "known device",
    async () => {
      const { compared, guess, signIn } = open();
      await signIn("account 0", "home");
      await signIn("account 0", "café", "the device of the owner");
      for (const network of NETWORKS) {
        await Promise.all(Array.from({ length: 10 }, () => guess("account 0", network)));
      }
      expect(compared.total).toBe(60);
      expect(await signIn("account 0", "somewhere else")).toBe("refused");
      expect(await signIn("account 0", "home")).toBe("in");
      expect(await signIn("account 0", "somewhere else", "the device of the owner")).toBe("in");
    },
  );
});

describe("a refund", () => {
  it("goes to the window that it was taken from, never to the next", async () => {
    const { clock, limits, guess, from } = open();
    await limits.guard({ subject: "account 0", typed: "account 0", from: from("network 0") }, async () => {
      // The comparison ends when the window is over and the next one is full.
      clock.advance({ minutes: 15 });
      for (let i = 0; i < 30; i++) expect(await guess("account 0", "network 0")).toBe(true);
      return RIGHT;
    });
    expect(await guess("account 0", "network 0")).toBe(false);
  });
});
