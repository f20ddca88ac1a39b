import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccountStore, NewAccount } from "../../../../apps/server/src/features/accounts/store.js";
import type {
  User,
  UserDirectory,
  UserSearch,
} from "../../../../apps/server/src/features/user-administration/store.js";

export interface OpenedDirectory {
  readonly directory: UserDirectory;
  readonly accounts: AccountStore;
  close(): void | Promise<void>;
}

type Wanted = Omit<UserSearch, "limit" | "after" | "order">;

/** What every directory of users must answer, on any engine. */
export function userDirectorySuite(open: () => OpenedDirectory | Promise<OpenedDirectory>): void {
  let opened: OpenedDirectory;
  const all: User[] = [];

  const insert = async (change: Partial<NewAccount> & Pick<NewAccount, "email" | "createdAtMs">) => {
    const username = change.username ?? change.email;
    const keys = { emailKey: change.email.toLowerCase(), usernameKey: username.toLowerCase() };
    const personal = { firstName: "San", lastName: null, phoneNumber: null };
    const account = {
      uuid: randomUUID(),
      username,
      hashedPassword: "$argon2i$",
      ...personal,
      ...keys,
      ...change,
    };
    const result = await opened.accounts.insert(account);
    if (!("inserted" in result)) throw new Error("taken");
    const { hashedPassword: _, sessionEpoch: __, factorGeneration: ___, ...user } = result.inserted;
    all.push(user);
  };

  beforeAll(async () => {
    opened = await open();
    for (let i = 0; i < 60; i++) {
      await insert({
        email: `${["ann", "Anna", "bob", "王"][i % 4]}${i}@example.com`,
        ...(i % 3 === 0 && { username: `${["bob", "Zoë", "100%", "a_c"][i % 4]} ${i}` }),
        // Not in the order of insertion, and several at the same time.
        createdAtMs: 1_000 * ((i * 7) % 20),
        ...(i % 5 === 0 && { disabled: true, disabledReason: "spam" }),
        ...(i % 11 === 0 && { role: "admin" as const }),
        ...(i % 2 === 0 && { emailVerifiedAtMs: 5 }),
      });
    }
  });
  afterAll(() => opened.close());

  /** The same, found without any index. */
  const expected = (wanted: Wanted, order: UserSearch["order"]): User[] => {
    const { prefix = "", role, disabled, emailVerified, createdFromMs, createdToMs } = wanted;
    const found = all.filter(
      (user) =>
        (user.email.toLowerCase().startsWith(prefix) || user.username.toLowerCase().startsWith(prefix)) &&
        (role === undefined || user.role === role) &&
        (disabled === undefined || user.disabled === disabled) &&
        (emailVerified === undefined || (user.emailVerifiedAtMs !== null) === emailVerified) &&
        user.createdAtMs >= (createdFromMs ?? 0) &&
        user.createdAtMs < (createdToMs ?? Number.POSITIVE_INFINITY),
    );
    const sign = order === "newest" ? -1 : 1;
    return found.sort((a, b) => sign * (a.createdAtMs - b.createdAtMs || a.id - b.id));
  };

  const pagesOf = async (search: Omit<UserSearch, "after">): Promise<User[][]> => {
    const pages: User[][] = [];
    for (let after: UserSearch["after"], more = true; more; ) {
      const { users, next } = await opened.directory.search({ ...search, after });
      pages.push([...users]);
      after = next;
      more = next !== undefined;
    }
    return pages;
  };

  const wanted: Wanted[] = [
    {},
    { prefix: "ann" },
    { prefix: "bob" },
    { prefix: "zoë" },
    { prefix: "王" },
    { prefix: "100%" },
  ]
    .concat([{ prefix: "a_" }, { prefix: "%" }, { prefix: "nobody" }, { prefix: "ann0@example.com" }])
    .flatMap((prefix) => [
      prefix,
      { ...prefix, disabled: true },
      { ...prefix, disabled: false, emailVerified: true },
      { ...prefix, role: "admin" as const },
      { ...prefix, role: "user" as const, emailVerified: false },
      { ...prefix, createdFromMs: 3_000, createdToMs: 9_000 },
      { ...prefix, role: "admin" as const, disabled: true, createdFromMs: 1_000 },
    ]);

  describe.each(["newest", "oldest"] as const)("from the %s on", (order) => {
    it.each(wanted)("%j: each user once and in order, page by page", async (search) => {
      for (const limit of [1, 7]) {
        const pages = await pagesOf({ ...search, order, limit });
        expect(pages.flat()).toEqual(expected(search, order));
        expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(limit);
      }
    });
  });

  it("continues from where it was, even if that user was deleted and others were added", async () => {
    const first = await opened.directory.search({ order: "newest", limit: 5 });
    const gone = first.users.at(-1);
    if (gone === undefined) throw new Error("nobody");
    await opened.accounts.delete(gone.uuid);
    all.splice(
      all.findIndex(({ id }) => id === gone.id),
      1,
    );
    await insert({ email: "newcomer@example.com", createdAtMs: 99_000 });
    const second = await opened.directory.search({ order: "newest", limit: 5, after: first.next });
    expect(second.users).toEqual(expected({}, "newest").slice(5, 10));
  });
}
