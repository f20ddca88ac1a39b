import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type {
  ImportBatch,
  ImportedUser,
  TransferredUser,
  TransferStore,
} from "../../../../apps/server/src/features/transfers/store.js";

export interface OpenedTransferStore {
  readonly store: TransferStore;
  /** Another process's, over the same database. */
  readonly other: TransferStore;
  /** The generations of all accounts' second factors, in the order of their creation. */
  generations(): Promise<readonly number[]>;
  close(): void | Promise<void>;
}

const CHOICES = { keepAdmins: true, format: "csv", hashParameters: "digest of them" };
let made = 0;

/** What every engine's store of transfers must do. */
export function transferStoreSuite(open: () => Promise<OpenedTransferStore>): void {
  let opened: OpenedTransferStore;
  let store: TransferStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  const newUser = (change: Partial<ImportedUser> = {}): ImportedUser => {
    made++;
    return {
      uuid: randomUUID(),
      email: `User${made}@example.com`,
      emailKey: `user${made}@example.com`,
      username: `User${made}`,
      usernameKey: `user${made}`,
      hashedPassword: `$argon2i$${made}`,
      disabled: false,
      disabledReason: null,
      role: "user",
      language: null,
      emailVerifiedAtMs: null,
      mustChangePassword: false,
      createdAtMs: 1_000 + made,
      updatedAtMs: 2_000,
      firstName: null,
      lastName: null,
      phoneNumber: null,
      isDated: true,
      ...change,
    };
  };
  const batch = (users: readonly ImportedUser[], change: Partial<ImportBatch> = {}): ImportBatch => ({
    id: "digest",
    afterLine: 0,
    line: users.length,
    users: users.map((user, i) => ({ line: i + 1, user })),
    refusals: [],
    isLast: false,
    nowMs: 5_000,
    ...change,
  });
  const begin = (id = "digest", nowMs = 4_000) => store.beginImport(id, CHOICES, nowMs);
  const all = async () => {
    const users: TransferredUser[] = [];
    for await (const page of store.readUsers()) users.push(...page);
    return users;
  };
  const withoutMark = ({ isDated: _isDated, ...user }: ImportedUser): TransferredUser => user;

  describe("an import", () => {
    it("keeps users as they are, and what was refused, and how far it got", async () => {
      const full = newUser({
        disabled: true,
        disabledReason: "moved",
        role: "admin",
        language: "zh-CN",
        emailVerifiedAtMs: 3,
        mustChangePassword: true,
        firstName: "",
        lastName: "王",
        phoneNumber: "1",
      });
      const plain = newUser();
      await begin();
      const refusals = [{ line: 3, reason: "EMAIL_INVALID" }];
      const state = { ...CHOICES, line: 4, imported: 2, present: 0, refused: 1, finished: false };
      expect(await store.applyBatch(batch([full, plain], { line: 4, refusals }))).toEqual(state);
      expect(await all()).toEqual([withoutMark(full), withoutMark(plain)]);
      expect(await opened.other.findImport("digest")).toEqual(state);
      expect(await store.listRefusals("digest", { afterLine: 0, limit: 9 })).toEqual(refusals);
      expect(await store.listRefusals("digest", { afterLine: 3, limit: 9 })).toEqual([]);
      expect(await store.countUsers()).toBe(2);
    });

    it("keeps second factors, which the account then has", async () => {
      const app = { kind: "totp", id: randomUUID(), name: "phone", secret: "A", createdAtMs: 7 } as const;
      const passkey = {
        kind: "passkey",
        ...{ id: randomUUID(), name: "key", spki: "B", algorithm: -7, rpId: "example.com" },
        ...{ counter: 4_000_000_000, isUserVerified: true, backupEligible: true, backedUp: false },
        ...{ transports: "usb nfc", aaguid: "C", createdAtMs: 8 },
      } as const;
      const users = [
        newUser({ factors: [app, { ...app, id: randomUUID(), createdAtMs: 9 }, passkey] }),
        newUser(),
        newUser({ factors: [{ ...app, id: randomUUID() }] }),
        // Its passkey is another account's already.
        newUser({ factors: [passkey] }),
      ];
      await begin();
      expect(await store.applyBatch(batch(users))).toMatchObject({ imported: 4, refused: 0 });
      const [first, second, third, fourth] = users.map(withoutMark);
      expect(await all()).toEqual([first, second, third, { ...fourth, factors: undefined }]);
      expect(await opened.generations()).toEqual([5_000, 0, 5_000, 0]);
    });

    it("leaves an account that is present already with its own second factors", async () => {
      const user = newUser();
      const factors = [{ kind: "totp", id: randomUUID(), name: "", secret: "A", createdAtMs: 7 } as const];
      await begin();
      expect(await store.applyBatch(batch([user, { ...user, factors }]))).toMatchObject({ present: 1 });
      expect(await all()).toEqual([withoutMark(user)]);
      expect(await opened.generations()).toEqual([0]);
    });

    it("says which name of a user belongs to another", async () => {
      const user = newUser();
      await begin();
      const taken = [
        newUser({ emailKey: user.emailKey }),
        newUser({ usernameKey: user.usernameKey }),
        newUser({ uuid: user.uuid }),
      ];
      expect(await store.applyBatch(batch([user, ...taken]))).toMatchObject({ imported: 1, refused: 3 });
      const reasons = await store.listRefusals("digest", { afterLine: 0, limit: 9 });
      expect(reasons.map(({ reason }) => reason)).toEqual(["EMAIL_TAKEN", "USERNAME_TAKEN", "UUID_TAKEN"]);
    });

    it("recognises a user by uuid, hash or date, but not by an invented date", async () => {
      const user = newUser();
      const { emailKey, uuid, hashedPassword, createdAtMs } = user;
      const again = [
        newUser({ emailKey, uuid }),
        newUser({ emailKey, hashedPassword }),
        newUser({ emailKey, createdAtMs }),
        newUser({ emailKey, createdAtMs, isDated: false }),
      ];
      await begin();
      expect(await store.applyBatch(batch([user, ...again]))).toMatchObject({ present: 3, refused: 1 });
      expect(await store.countUsers()).toBe(1);
    });

    it("does a batch once if two processes have it at once", async () => {
      const users = [newUser(), newUser()];
      await begin();
      const results = await Promise.all(
        [store, opened.other, store, opened.other].map((each) => each.applyBatch(batch(users))),
      );
      expect(results.filter((result) => result !== undefined)).toHaveLength(1);
      expect(await store.findImport("digest")).toMatchObject({ imported: 2, present: 0 });
    });

    it("does nothing without a beginning, from another position, and after its end", async () => {
      expect(await store.applyBatch(batch([newUser()]))).toBeUndefined();
      await begin();
      expect(await store.applyBatch(batch([newUser()], { afterLine: 7 }))).toBeUndefined();
      expect(await store.applyBatch(batch([], { isLast: true }))).toMatchObject({ finished: true });
      expect(await store.applyBatch(batch([newUser()]))).toBeUndefined();
      expect(await store.countUsers()).toBe(0);
    });

    it("remembers the choices that it began with, until it starts over with others", async () => {
      await begin();
      await store.applyBatch(batch([newUser()]));
      expect(await opened.other.findImport("digest")).toMatchObject(CHOICES);
      const others = { keepAdmins: false, format: "jsonl", hashParameters: "" };
      expect(await store.beginImport("digest", others, 4_000)).toMatchObject(others);
      expect(await opened.other.findImport("digest")).toMatchObject(others);
    });

    it("starts over with nothing refused", async () => {
      await begin();
      await store.applyBatch(
        batch([], { line: 1, refusals: [{ line: 1, reason: "EMAIL_MISSING" }], isLast: true }),
      );
      expect(await begin()).toEqual({
        ...CHOICES,
        line: 0,
        imported: 0,
        present: 0,
        refused: 0,
        finished: false,
      });
      expect(await store.listRefusals("digest", { afterLine: 0, limit: 9 })).toEqual([]);
    });

    it("is forgotten when it is old, with what it refused, a bounded number of rows at once", async () => {
      await begin("old", 1_000);
      await begin("new", 9_000);
      const refusals = Array.from({ length: 1500 }, (_, i) => ({ line: i + 1, reason: "EMAIL_MISSING" }));
      await store.applyBatch(batch([], { id: "old", line: 1500, refusals }));
      await store.applyBatch(batch([], { id: "new", line: 1, refusals: refusals.slice(0, 1) }));
      const deleted: number[] = [];
      for (let i = 0; i < 4; i++) deleted.push(await store.deleteImports(5_000));
      expect(deleted).toEqual([1000, 500, 1, 0]);
      expect(await store.findImport("old")).toBeUndefined();
      expect(await store.listRefusals("new", { afterLine: 0, limit: 9 })).toHaveLength(1);
    });
  });

  it("reads all users as they were when it began, even if users are added in the meantime", async () => {
    const users = Array.from({ length: 1200 }, () => newUser());
    await begin();
    await store.applyBatch(batch(users));
    const read: string[] = [];
    for await (const page of store.readUsers()) {
      if (read.length === 0)
        await opened.other.applyBatch(batch([newUser()], { afterLine: 1200, line: 1201 }));
      read.push(...page.map(({ uuid }) => uuid));
    }
    expect(read).toEqual(users.map(({ uuid }) => uuid));
    expect(await store.countUsers()).toBe(1201);
  });
}
