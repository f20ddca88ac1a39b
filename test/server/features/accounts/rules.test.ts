import { describe, expect, it } from "vitest";
import {
  changedAccount,
  isActingAdmin,
  meetsConditions,
  newRecord,
  rowValues,
  takenBy,
  takesAdmin,
} from "../../../../apps/server/src/features/accounts/rules.js";
import { ACCOUNT_FIELDS, accountOf } from "../../../../apps/server/src/features/accounts/user.js";

const names = { email: "Ann@x.org", emailKey: "ann@x.org", username: "Ann", usernameKey: "ann" };
const texts = { firstName: "Ann", lastName: null, phoneNumber: null };
const record = newRecord({ uuid: "u", ...names, hashedPassword: "h", createdAtMs: 1_000, ...texts });
const account = accountOf({ id: 1, ...record });

describe("a new account", () => {
  it("is an ordinary one with no session ended, unless something else is said", () => {
    expect(record).toMatchObject({
      disabled: false,
      disabledReason: null,
      role: "user",
      language: null,
      emailVerifiedAtMs: null,
      mustChangePassword: false,
      sessionEpoch: 0,
      factorGeneration: 0,
      updatedAtMs: 1_000,
    });
    expect(newRecord({ ...record, role: "admin", mustChangePassword: true })).toMatchObject({
      role: "admin",
      mustChangePassword: true,
    });
  });

  it("holds the fields that are named, and nothing else of what is kept", () => {
    const kept = { id: 1, ...record, totpSecret: "secret" };
    expect(Object.keys(accountOf(kept))).toEqual(ACCOUNT_FIELDS);
  });
});

describe("names", () => {
  it.each([
    [[], undefined],
    [[{ emailKey: "ann@x.org", usernameKey: "bea" }], { email: true, username: false }],
    [[{ emailKey: "bea@x.org", usernameKey: "ann" }], { email: false, username: true }],
    [
      [
        { emailKey: "ann@x.org", usernameKey: "bea" },
        { emailKey: "bea@x.org", usernameKey: "ann" },
      ],
      { email: true, username: true },
    ],
  ])("are taken where another has them: %j", (holders, taken) => {
    expect(takenBy(holders, names)).toEqual(taken);
  });

  it("that stay as they are, are not taken", () => {
    expect(takenBy([{ emailKey: "ann@x.org", usernameKey: "ann" }], {})).toBeUndefined();
  });
});

describe("the names that a change leaves", () => {
  const whose = { ...account, emailVerifiedAtMs: 5 };
  const own = { ...whose, username: "ANN@x.org" };
  const foreign = { ...whose, username: "old@x.org" };
  const moved = { email: "B@x.org", emailKey: "b@x.org", emailVerifiedAtMs: null };

  it.each([
    ["nothing if nothing is given", whose, {}, {}],
    ["nothing if nothing is given, in whichever spelling the username is", own, {}, {}],
    ["nothing if they are as before", whose, { email: "Ann@x.org", username: "Ann" }, {}],
    ["a new address, unconfirmed", whose, { email: "B@x.org" }, moved],
    [
      "the username with it if it was the address",
      own,
      { email: "B@x.org" },
      { ...moved, ...named("B@x.org") },
    ],
    [
      "the username with it even if it was another address",
      foreign,
      { email: "B@x.org" },
      { ...moved, ...named("B@x.org") },
    ],
    [
      "another username with the address",
      own,
      { email: "B@x.org", username: "b" },
      { ...moved, ...named("b") },
    ],
    ["the address as the username", whose, { username: "aNN@X.org" }, named("aNN@X.org")],
    ["another spelling of a confirmed address", whose, { email: "ann@x.org" }, spelled("ann@x.org")],
    ["no other address as a username", whose, { username: "b@x.org" }, undefined],
    ["no former address as a username", whose, { email: "b@x.org", username: "ann@x.org" }, undefined],
  ])("are %s", (_, before, names, values) => {
    expect(rowValues(before, { values: {}, names })).toEqual(values);
  });

  it("come with the change's other values, which can say that the address was confirmed", () => {
    const values = { emailVerifiedAtMs: 7, firstName: "Bea" };
    expect(rowValues(whose, { values })).toEqual(values);
    expect(rowValues(whose, { values, names: { email: "B@x.org" } })).toEqual({ ...moved, ...values });
  });
});

function named(username: string) {
  return { username, usernameKey: username.toLowerCase() };
}

function spelled(email: string) {
  return { email, emailKey: email.toLowerCase() };
}

describe("conditions of a change", () => {
  it.each([
    [{}, true],
    [{ ifUpdatedAtMs: 1_000, ifEpoch: 0, ifEmail: "Ann@x.org", ifHash: "h", ifEnabled: true as const }, true],
    [{ ifUpdatedAtMs: 999 }, false],
    [{ ifEpoch: 1 }, false],
    [{ ifEmail: "ann@x.org" }, false],
    [{ ifHash: "other" }, false],
  ])("%j are met by the account: %s", (conditions, met) => {
    expect(meetsConditions(account, conditions)).toBe(met);
  });

  it.each([
    ["nothing has changed", {}, { firstName: "Bea" }, true],
    ["another field has changed", { lastName: "X", updatedAtMs: 2_000 }, { firstName: "Bea" }, true],
    ["the same field has changed", { firstName: "Cem" }, { firstName: "Bea" }, false],
    ["the same field has changed to the same", { firstName: "Bea" }, { firstName: "Bea" }, true],
    ["one of several fields has changed", { lastName: "X" }, { firstName: "Bea", lastName: "Y" }, false],
    ["the field was cleared", { firstName: null }, { firstName: "Bea" }, false],
  ])("look at the changed fields alone if they say so: %s", (_, change, values, met) => {
    expect(meetsConditions({ ...account, ...change }, { values, ifSameFieldsAs: account })).toBe(met);
  });

  it("are not met by a username that another change has set, unless it is the same", () => {
    const now = { ...account, username: "other" };
    const metBy = (username: string | undefined) =>
      meetsConditions(now, { names: { username }, ifSameFieldsAs: account });
    expect([metBy("mine"), metBy("other"), metBy(undefined)]).toEqual([false, true, true]);
  });

  it("refuse a disabled account where it must be enabled", () => {
    expect(meetsConditions({ ...account, disabled: true }, { ifEnabled: true })).toBe(false);
    expect(meetsConditions({ ...account, disabled: true }, {})).toBe(true);
  });
});

describe("a changed account", () => {
  it("has what is said, without what names are compared by, and the rest as before", () => {
    const values = { email: "B@x.org", emailKey: "b@x.org", usernameKey: "b", lastName: "Lee" };
    expect(changedAccount(account, values, { atMs: 5_000 })).toEqual({
      ...account,
      email: "B@x.org",
      lastName: "Lee",
      updatedAtMs: 5_000,
    });
  });

  it.each([1_000, 1, 1_001])("never has the time of another change: at %i", (atMs) => {
    expect(changedAccount(account, {}, { atMs }).updatedAtMs).toBe(1_001);
  });

  it.each([
    [{ values: {} }, 0],
    [{ values: { firstName: "X", hashedPassword: "other" } }, 0],
    [{ values: {}, endsSessions: true as const }, 1],
    [{ values: { disabled: true } }, 1],
    [{ values: { disabled: false } }, 0],
    [{ values: { role: "admin" as const } }, 1],
    [{ values: { role: "user" as const } }, 0],
    [{ values: { role: "admin" as const, disabled: true }, endsSessions: true as const }, 1],
  ])("ends the sessions where it must: %j", ({ values, ...change }, epoch) => {
    expect(changedAccount(account, values, { ...change, atMs: 2_000 }).sessionEpoch).toBe(epoch);
  });
});

describe("administrators", () => {
  const admin = { ...account, role: "admin" as const };

  it("act while they are enabled", () => {
    expect([admin, account, { ...admin, disabled: true }].map(isActingAdmin)).toEqual([true, false, false]);
  });

  it("are taken away by disabling, demoting and deleting them, and by nothing else", () => {
    expect(takesAdmin(admin)).toBe(true);
    expect(takesAdmin(admin, { ...admin, disabled: true })).toBe(true);
    expect(takesAdmin(admin, account)).toBe(true);
    expect(takesAdmin(admin, { ...admin, firstName: "X" })).toBe(false);
    expect(takesAdmin({ ...admin, disabled: true })).toBe(false);
    expect(takesAdmin(account, { ...account, disabled: true })).toBe(false);
  });
});
