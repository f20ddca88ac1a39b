import { afterEach, beforeEach, expect, it } from "vitest";
import { type Change, ChangeRefused } from "../../../../apps/server/src/database/change.js";
import type { SignInStep, SignInStore } from "../../../../apps/server/src/features/sign-in/store.js";

export interface OpenedSignInStore {
  readonly store: SignInStore;
  /** The same database, opened as by another process. */
  readonly other: SignInStore;
  /** Two existing users. */
  readonly users: readonly [Owner, Owner];
  commit(change: Change): Promise<void>;
  deleteUser(uuid: string): Promise<void>;
  close(): Promise<void>;
}

interface Owner {
  readonly id: number;
  readonly uuid: string;
}

/** What every store of sign-ins in progress must uphold, on any engine. */
export function signInStoreSuite(open: () => Promise<OpenedSignInStore>): void {
  let opened: OpenedSignInStore;
  let store: SignInStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const step = (hash: string, change: Partial<SignInStep> = {}): SignInStep => ({
    hash,
    userId: opened.users[0].id,
    epoch: 3,
    factorGeneration: 1_768_478_400_000,
    methods: "pwd",
    step: "factor",
    lifetime: "accessMs",
    device: null,
    network: "n",
    tries: 0,
    createdAtMs: 500,
    expiresAtMs: 1_000,
    ...change,
  });

  it("finds a sign-in as it was inserted, with its account, and none under another hash", async () => {
    const inserted = step("h", { device: "d", lifetime: "authMs" });
    expect(await store.insert(inserted)).toBe(true);
    expect(await store.find("h")).toEqual({ ...inserted, uuid: opened.users[0].uuid });
    expect(await store.find("another")).toBeUndefined();
  });

  it("keeps several of one account, so that a stranger cannot end the owner's", async () => {
    for (const hash of ["owner's", "stranger's"]) await store.insert(step(hash));
    await opened.commit(store.taking("stranger's"));
    expect(await store.find("owner's")).toBeDefined();
  });

  it("inserts none of an account that is gone, and deletes an account's with it", async () => {
    const [user, other] = opened.users;
    await store.insert(step("h"));
    await store.insert(step("other's", { userId: other.id }));
    await opened.deleteUser(user.uuid);
    expect(await store.find("h")).toBeUndefined();
    expect(await store.find("other's")).toBeDefined();
    expect(await store.insert(step("late"))).toBe(false);
    expect(await store.find("late")).toBeUndefined();
  });

  it("counts no more tries than are allowed, however many come at once, in two processes", async () => {
    await store.insert(step("h"));
    await store.insert(step("another"));
    const tries = Array.from({ length: 40 }, (_, i) => (i % 2 ? store : opened.other).countTry("h", 5));
    expect((await Promise.all(tries)).filter((isCounted) => isCounted)).toHaveLength(5);
    expect(await store.find("h")).toMatchObject({ tries: 5 });
    expect(await store.find("another")).toMatchObject({ tries: 0 });
    expect(await store.countTry("unknown", 5)).toBe(false);
  });

  it("is taken by one of a hundred at once, and refuses the changes of all others", async () => {
    await store.insert(step("h"));
    const taken = await Promise.allSettled(
      Array.from({ length: 100 }, () => opened.commit(store.taking("h"))),
    );
    const refused = taken.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refused).toHaveLength(99);
    for (const error of refused) expect(error).toBeInstanceOf(ChangeRefused);
    expect(await store.find("h")).toBeUndefined();
  });

  it("goes on once a factor was added in it, once only, and in no other step", async () => {
    await store.insert(step("h", { step: "enrol", factorGeneration: 0 }));
    await store.insert(step("factor"));
    const now = { methods: "pwd otp", factorGeneration: 7 };
    await opened.commit(store.enrolled("h", now));
    expect(await store.find("h")).toMatchObject({ step: "enrolled", ...now });
    await expect(opened.commit(store.enrolled("h", now))).rejects.toThrow(ChangeRefused);
    await expect(opened.commit(store.enrolled("factor", now))).rejects.toThrow(ChangeRefused);
    expect(await store.find("factor")).toMatchObject({ step: "factor", methods: "pwd" });
  });

  it("deletes what is over or from the future, in bounded passes", async () => {
    for (let i = 0; i < 5; i++) await store.insert(step(`over ${i}`));
    await store.insert(step("from the future", { createdAtMs: 70_000, expiresAtMs: 80_000 }));
    await store.insert(step("open", { expiresAtMs: 5_000 }));
    expect(await store.deleteOver({ nowMs: 1_000, limit: 4 })).toBe(4);
    expect(await store.deleteOver({ nowMs: 1_000, limit: 4 })).toBe(2);
    expect(await store.deleteOver({ nowMs: 1_000, limit: 4 })).toBe(0);
    expect(await store.find("open")).toBeDefined();
  });
}
