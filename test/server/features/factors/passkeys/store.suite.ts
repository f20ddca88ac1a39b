import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Change, ChangeRefused } from "../../../../../apps/server/src/database/change.js";
import type {
  Challenge,
  Passkey,
  PasskeyStore,
} from "../../../../../apps/server/src/features/factors/passkeys/store.js";

export interface OpenedPasskeyStore {
  readonly store: PasskeyStore;
  /** The same database, opened by another process. */
  readonly other: PasskeyStore;
  /** Two existing users. */
  readonly userIds: readonly [number, number];
  /** Commits a change that the store has made. */
  commit(change: Change): Promise<void>;
  deleteFirstUser(): Promise<void>;
  close(): void | Promise<void>;
}

const MOST = 3;

/** What every store of passkeys must uphold, on any engine. */
export function passkeyStoreSuite(open: () => Promise<OpenedPasskeyStore>): void {
  let opened: OpenedPasskeyStore;
  let store: PasskeyStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const passkey = (id: string, change: Partial<Passkey> = {}): Passkey => ({
    id,
    userId: opened.userIds[0],
    name: "a phone",
    spki: "c3BraQ",
    algorithm: -7,
    rpId: "example.com",
    counter: 0,
    isUserVerified: true,
    backupEligible: true,
    backedUp: false,
    transports: ["internal", "hybrid"],
    aaguid: "00000000-0000-0000-0000-000000000000",
    createdAtMs: 500,
    lastUsedAtMs: null,
    ...change,
  });
  const add = (id: string, change?: Partial<Passkey>) =>
    opened.commit(store.insertion(passkey(id, change), MOST));

  describe("passkeys", () => {
    it("are found by their ids and listed by account, as they were added, the oldest first", async () => {
      await add("b", { createdAtMs: 600, transports: [], algorithm: -257, counter: 0xffffffff });
      await add("a");
      await add("c", { userId: opened.userIds[1] });
      expect(await store.find("a")).toEqual(passkey("a"));
      const second = passkey("b", { createdAtMs: 600, transports: [], algorithm: -257, counter: 0xffffffff });
      expect(await store.listOf(opened.userIds[0])).toEqual([passkey("a"), second]);
      expect(await store.find("A")).toBeUndefined();
    });

    it("are refused if there is one with the id already, also another account's, which stays as it is", async () => {
      await add("a");
      await expect(add("a", { name: "another" })).rejects.toThrow(ChangeRefused);
      await expect(add("a", { userId: opened.userIds[1] })).rejects.toThrow(ChangeRefused);
      expect(await store.find("a")).toEqual(passkey("a"));
    });

    it("are refused if the account has as many as it may have, also if several come at once", async () => {
      const results = await Promise.allSettled(["a", "b", "c", "d", "e", "f"].map((id) => add(id)));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(MOST);
      await add("another's", { userId: opened.userIds[1] });
    });

    it("are renamed and deleted only by their own account", async () => {
      await add("a");
      const [own, foreign] = opened.userIds;
      expect(await store.rename(foreign, "a", "stolen")).toBe(false);
      expect(await store.rename(own, "a", "a key")).toBe(true);
      expect(await store.find("a")).toEqual(passkey("a", { name: "a key" }));
      await expect(opened.commit(store.deletionOf(foreign, "a"))).rejects.toThrow(ChangeRefused);
      await opened.commit(store.deletionOf(own, "a"));
      expect(await store.find("a")).toBeUndefined();
      await expect(opened.commit(store.deletionOf(own, "a"))).rejects.toThrow(ChangeRefused);
    });

    it("end with their account", async () => {
      await add("a");
      await store.addChallenge(challenge("h", { userId: opened.userIds[0] }));
      await opened.deleteFirstUser();
      expect(await store.find("a")).toBeUndefined();
      expect(await store.takeChallenge("h")).toBeUndefined();
    });
  });

  describe("a use", () => {
    it("is noted with its counter, its backup state and its time, which never goes back", async () => {
      await add("a");
      expect(await store.use("a", { counter: 3, backedUp: true, isUserVerified: false, usedAtMs: 900 })).toBe(
        true,
      );
      expect(await store.find("a")).toEqual(passkey("a", { counter: 3, backedUp: true, lastUsedAtMs: 900 }));
      expect(await store.use("a", { counter: 4, backedUp: false, isUserVerified: true, usedAtMs: 800 })).toBe(
        true,
      );
      expect(await store.find("a")).toEqual(passkey("a", { counter: 4, lastUsedAtMs: 900 }));
    });

    it("shows that the authenticator can check its user, which is kept", async () => {
      await add("a", { isUserVerified: false });
      for (const isUserVerified of [true, false]) {
        await store.use("a", { counter: 0, backedUp: false, isUserVerified, usedAtMs: 900 });
        expect((await store.find("a"))?.isUserVerified).toBe(true);
      }
    });

    it("is refused, and changes nothing, if the counter has not risen", async () => {
      await add("a", { counter: 5 });
      for (const counter of [5, 4, 0]) {
        expect(await store.use("a", { counter, backedUp: true, isUserVerified: false, usedAtMs: 900 })).toBe(
          false,
        );
      }
      expect(await store.find("a")).toEqual(passkey("a", { counter: 5 }));
      expect(
        await store.use("another", { counter: 9, backedUp: true, isUserVerified: false, usedAtMs: 900 }),
      ).toBe(false);
    });

    it("may be repeated with a counter that stays at 0", async () => {
      await add("a");
      expect(await store.use("a", { counter: 0, backedUp: false, isUserVerified: true, usedAtMs: 900 })).toBe(
        true,
      );
      expect(await store.use("a", { counter: 0, backedUp: false, isUserVerified: true, usedAtMs: 950 })).toBe(
        true,
      );
    });

    it("counts once of many at once with the same counter, in two processes: the others are of copies", async () => {
      await add("a");
      const use = { counter: 1, backedUp: false, isUserVerified: true, usedAtMs: 900 };
      const uses = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? store : opened.other).use("a", use));
      expect((await Promise.all(uses)).filter((counts) => counts)).toHaveLength(1);
    });
  });

  const challenge = (hash: string, change: Partial<Challenge> = {}): Challenge => ({
    hash,
    purpose: "signIn",
    userId: null,
    createdAtMs: 500,
    expiresAtMs: 1_000,
    ...change,
  });

  describe("a challenge", () => {
    it("is taken once of many times at once, in two processes, as it was added", async () => {
      const added = challenge("h", { purpose: "registration", userId: opened.userIds[1] });
      await store.addChallenge(added);
      const takes = Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? store : opened.other).takeChallenge("h"),
      );
      expect((await Promise.all(takes)).filter((taken) => taken !== undefined)).toEqual([added]);
    });

    it("is not added for an account that was deleted", async () => {
      await opened.deleteFirstUser();
      await store.addChallenge(challenge("h", { userId: opened.userIds[0] }));
      expect(await store.takeChallenge("h")).toBeUndefined();
    });

    it("is deleted once it has expired, a bounded number at once, and if it is from the future", async () => {
      await store.addChallenge(challenge("a"));
      await store.addChallenge(challenge("b"));
      await store.addChallenge(challenge("alive", { expiresAtMs: 1_001 }));
      await store.addChallenge(challenge("future", { createdAtMs: 1e9, expiresAtMs: 2e9 }));
      expect(await store.deleteOver({ nowMs: 1_000, limit: 1 })).toBe(1);
      expect(await store.deleteOver({ nowMs: 1_000, limit: 10 })).toBe(2);
      expect(await store.takeChallenge("alive")).toBeDefined();
    });
  });
}
