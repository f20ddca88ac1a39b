import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type Change,
  ChangeRefused,
  NO_CHANGE,
  together,
} from "../../../../../apps/server/src/database/change.js";
import type {
  CodeStore,
  GivenCode,
  SignInCode,
} from "../../../../../apps/server/src/features/factors/email-code/store.js";

export interface OpenedCodeStore {
  readonly store: CodeStore;
  /** A second store over the same database, as another process has it. */
  readonly other: CodeStore;
  /** The id and the uuid of two existing users. */
  readonly users: ReadonlyArray<{ readonly id: number; readonly uuid: string }>;
  commit(change: Change): Promise<void>;
  deleteUser(uuid: string): Promise<void>;
  close(): void | Promise<void>;
}

/** What every store of mailed codes must uphold, on any engine. */
export function codeStoreSuite(open: () => Promise<OpenedCodeStore>): void {
  let opened: OpenedCodeStore;
  let store: CodeStore;
  let userId: number;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
    userId = opened.users[0]?.id ?? 0;
  });
  afterEach(() => opened.close());

  const code = (ticketHash: string, change: Partial<SignInCode> = {}): SignInCode => ({
    ticketHash,
    purpose: "sign-in",
    userId: null,
    epoch: 0,
    addressKey: "a@example.com",
    codeHash: `code of ${ticketHash}`,
    linkHash: `link of ${ticketHash}`,
    tries: 0,
    spentAtMs: null,
    createdAtMs: 1_000,
    expiresAtMs: 9_000,
    ...change,
  });
  const insert = (...all: readonly SignInCode[]) =>
    Promise.all(all.map((each) => store.insert(each, NO_CHANGE)));
  const owner = () => ({ userId, epoch: 3, addressKey: "A@example.com" });
  const written = (ticketHash: string) => ({
    ticketHash,
    codeHash: `c ${ticketHash}`,
    linkHash: `l ${ticketHash}`,
  });
  const given = (ticketHash: string, change: Partial<GivenCode> = {}): GivenCode => ({
    ticketHash,
    kind: "code",
    hash: `code of ${ticketHash}`,
    nowMs: 2_000,
    spends: true,
    ...change,
  });
  const waitingOf = async (addressKey: string, bounds = { nowMs: 2_000, limit: 10 }) =>
    (await store.waiting(addressKey, bounds)).map(({ ticketHash }) => ticketHash);

  it("finds a code by its ticket, whether or not its address has an account", async () => {
    await insert(code("t"));
    expect(await store.find("t")).toEqual({ ...code("t"), subject: null });
    expect(await store.find("another")).toBeUndefined();
    await store.write(owner(), [written("t")]);
    const { uuid: subject } = opened.users[0] ?? { uuid: "" };
    expect(await store.find("t")).toEqual({ ...code("t", { ...owner(), ...written("t") }), subject });
  });

  it("adds a code together with another change, or not at all", async () => {
    await store.insert(code("t"), NO_CHANGE);
    await store.insert(code("u"), store.spending("t", 2_000));
    expect(await store.find("t")).toMatchObject({ spentAtMs: 2_000 });
    await expect(store.insert(code("v"), store.spending("t", 2_000))).rejects.toThrow(ChangeRefused);
    expect(await store.find("v")).toBeUndefined();
  });

  it("lists the tickets of an address that wait for a code, the newest first", async () => {
    await insert(
      code("first"),
      code("second", { createdAtMs: 1_500 }),
      code("expired", { expiresAtMs: 2_000 }),
      code("from the future", { createdAtMs: 70_000, expiresAtMs: 90_000 }),
      code("of another", { addressKey: "b@example.com" }),
      code("written", { userId }),
    );
    expect(await waitingOf("a@example.com")).toEqual(["second", "first"]);
    expect(await waitingOf("a@example.com", { nowMs: 2_000, limit: 1 })).toEqual(["second"]);
  });

  it("gives each waiting ticket its code once, and one that has its code keeps it", async () => {
    await insert(code("s"), code("t"));
    await store.write(owner(), [written("s")]);
    const again = { ticketHash: "s", codeHash: "another", linkHash: "another link" };
    await opened.other.write(owner(), [again, written("t")]);
    for (const ticket of ["s", "t"]) expect(await store.find(ticket)).toMatchObject(written(ticket));
    expect(await waitingOf("a@example.com")).toEqual([]);
  });

  it("gives tickets no code of an account that is gone", async () => {
    await insert(code("t"));
    await opened.deleteUser(opened.users[0]?.uuid ?? "");
    await store.write(owner(), [written("t")]);
    expect(await store.find("t")).toMatchObject({ userId: null, codeHash: "code of t" });
    await store.put({ ...code("u"), userId }, NO_CHANGE);
    expect(await store.find("u")).toBeUndefined();
  });

  it("deletes an account's codes with the account", async () => {
    await insert(code("t", { userId }), code("u"));
    await opened.deleteUser(opened.users[0]?.uuid ?? "");
    expect(await store.find("t")).toBeUndefined();
    expect(await store.find("u")).toBeDefined();
  });

  it("replaces the code of a ticket with a new one that was guessed at by nobody", async () => {
    const first = { ...code("t", { purpose: "factor" }), userId };
    await store.put(first, NO_CHANGE);
    await store.judge(given("t", { hash: "wrong" }));
    await store.judge(given("t"));
    const second = {
      ...first,
      codeHash: "new",
      linkHash: "new link",
      createdAtMs: 3_000,
      expiresAtMs: 12_000,
    };
    await store.put(second, NO_CHANGE);
    expect(await store.find("t")).toMatchObject(second);
  });

  it("judges a code and a link, and counts the wrong ones", async () => {
    await insert(code("t", { userId }));
    expect(await store.judge(given("t", { hash: "wrong" }))).toBe("wrong");
    expect(await store.judge(given("t", { kind: "link" }))).toBe("wrong");
    expect(await store.judge(given("t", { spends: false }))).toBe("right");
    expect(await store.judge(given("t", { kind: "link", hash: "link of t", spends: false }))).toBe("right");
    expect(await store.find("t")).toMatchObject({ tries: 2, spentAtMs: null });
  });

  it("spends a right code once, whoever gives it at the same time", async () => {
    await insert(code("t", { userId }));
    const judged = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? store : opened.other).judge(given("t"))),
    );
    expect(judged.filter((each) => each === "right")).toHaveLength(1);
    expect(judged.filter((each) => each === "over")).toHaveLength(19);
    expect(await store.find("t")).toMatchObject({ tries: 0, spentAtMs: 2_000 });
  });

  it("accepts nothing more after five wrong codes, however many come at once", async () => {
    await insert(code("t", { userId }));
    const judged = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? store : opened.other).judge(given("t", { hash: `${i}` })),
      ),
    );
    expect(judged.filter((each) => each === "wrong")).toHaveLength(5);
    expect(await store.judge(given("t"))).toBe("over");
  });

  it("accepts no code that has expired, is from the future or was never asked for", async () => {
    await insert(code("t"), code("future", { createdAtMs: 63_000, expiresAtMs: 90_000 }));
    expect(await store.judge(given("t", { nowMs: 9_000 }))).toBe("over");
    expect(await store.judge(given("t", { nowMs: 8_999 }))).toBe("right");
    expect(await store.judge(given("future", { nowMs: 2_999 }))).toBe("over");
    expect(await store.judge(given("future", { nowMs: 3_000 }))).toBe("right");
    expect(await store.judge(given("unknown"))).toBe("over");
  });

  it("spends a code with another change, once", async () => {
    await insert(code("t", { userId }), code("u", { userId }));
    await opened.commit(store.spending("t", 2_000));
    expect(await store.judge(given("t"))).toBe("over");
    const both = together(store.spending("u", 2_000), store.spending("t", 2_000));
    await expect(opened.commit(both)).rejects.toThrow(ChangeRefused);
    expect(await store.find("u")).toMatchObject({ spentAtMs: null });
  });

  it("deletes what has expired or is from the future, and nothing else, a bounded number at once", async () => {
    await insert(
      code("a", { expiresAtMs: 2_000 }),
      code("b", { expiresAtMs: 2_000, userId }),
      code("future", { createdAtMs: 62_001, expiresAtMs: 90_000 }),
      code("alive", { expiresAtMs: 2_001 }),
    );
    expect(await store.deleteOver({ nowMs: 2_000, limit: 2 })).toBe(2);
    expect(await store.deleteOver({ nowMs: 2_000, limit: 10 })).toBe(1);
    expect(await store.find("alive")).toBeDefined();
  });
}
