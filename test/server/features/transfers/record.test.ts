import { describe, expect, it } from "vitest";
import { mapColumns } from "../../../../apps/server/src/features/transfers/columns.js";
import { readRow } from "../../../../apps/server/src/features/transfers/record.js";
import { readBoolean, readTime } from "../../../../apps/server/src/features/transfers/values.js";

const NOW_MS = 1_700_000_000_000;
const passwords = { judge: (text: string) => ({ comparable: text }) };

function read(row: Readonly<Record<string, unknown>>, keepAdmins = false) {
  const { columns } = mapColumns(Object.keys(row));
  return readRow(
    { email: "a@example.com", hash: "x", ...row },
    {
      columns: { email: "email", hashedPassword: "hash", ...columns },
      keepAdmins,
      nowMs: NOW_MS,
      passwords,
    },
  );
}

describe("columns", () => {
  it("are found in every spelling, the most likely first, and the others named", () => {
    const names = ["ID", "E-Mail", "passwordHash", "password", "isActive", "First Name", "shoe"];
    expect(mapColumns(names)).toEqual({
      columns: {
        uuid: "ID",
        email: "E-Mail",
        hashedPassword: "passwordHash",
        enabled: "isActive",
        firstName: "First Name",
      },
      ignored: ["password", "shoe"],
      repeated: [],
    });
  });
});

describe("a row", () => {
  it("with only an address and a hash becomes an ordinary account created today", () => {
    expect(read({})).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      email: "a@example.com",
      emailKey: "a@example.com",
      username: "a@example.com",
      usernameKey: "a@example.com",
      hashedPassword: "x",
      disabled: false,
      disabledReason: null,
      role: "user",
      language: null,
      emailVerifiedAtMs: null,
      mustChangePassword: false,
      createdAtMs: NOW_MS,
      updatedAtMs: NOW_MS,
      firstName: null,
      lastName: null,
      phoneNumber: null,
      isDated: false,
    });
  });

  it("is compared by NFC and ignoring letter case, and shown as typed", () => {
    const names = { email: " Ann@EXAMPLE.com ", username: "ANN\u0065\u0301" };
    expect(read(names)).toMatchObject({
      email: "Ann@example.com",
      emailKey: "ann@example.com",
      username: "ANNe\u0301",
      usernameKey: "ann\u00e9",
    });
  });

  it("may have the address as username, but no other user's", () => {
    expect(read({ username: "A@Example.com" })).toMatchObject({ usernameKey: "a@example.com" });
    expect(read({ username: "b@example.com" })).toBe("USERNAME_INVALID");
  });

  it.each(["ad\u200bmin", "\u202eadmin", "\u0301"])("with the username %j is refused", (username) => {
    expect(read({ username })).toBe("USERNAME_INVALID");
  });

  it("is compared by the ASCII form of its address's domain", () => {
    for (const domain of ["example。com", "ｅxample.com", "example．com", "EXAMPLE｡com"]) {
      expect(read({ email: `a@${domain}`, username: "a@example.com" })).toMatchObject({
        email: `a@${domain.toLowerCase()}`,
        emailKey: "a@example.com",
        usernameKey: "a@example.com",
      });
    }
  });

  it("counts an address as confirmed at the account's creation, if only yes is given", () => {
    const row = { created_at: "2020-01-01", is_verified: 1 };
    expect(read(row)).toMatchObject({ emailVerifiedAtMs: Date.UTC(2020, 0, 1), isDated: true });
  });

  it("knows an address as confirmed where a program keeps the time in the column for yes and no", () => {
    const atMs = Date.UTC(2024, 4, 1, 8, 15, 30);
    expect(read({ emailVerified: "2024-05-01T08:15:30.000Z" })).toMatchObject({ emailVerifiedAtMs: atMs });
    expect(read({ emailVerified: null })).toMatchObject({ emailVerifiedAtMs: null });
    expect(read({ emailVerified: atMs })).toMatchObject({ emailVerifiedAtMs: atMs });
    expect(read({ emailVerified: "perhaps" })).toBe("FLAG_INVALID");
    expect(read({ emailVerified: 2 })).toBe("FLAG_INVALID");
  });

  it("that was deleted or banned in the old system is disabled here", () => {
    expect(read({ deleted_at: "2020-01-01" })).toMatchObject({ disabled: true });
    expect(read({ deleted_at: null, banned_until: null })).toMatchObject({ disabled: false });
    expect(read({ banned_until: NOW_MS + 1 })).toMatchObject({ disabled: true });
    expect(read({ banned_until: NOW_MS })).toMatchObject({ disabled: false });
    expect(read({ banned_until: "for ever" })).toBe("TIME_INVALID");
  });

  it.each(["id", "_id", "ID", " id "])("gets a new uuid if the column %j numbers the users", (column) => {
    const made = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(read({ [column]: "662f0a5f5f0c2f6e5f0c2f6e" })).toMatchObject({ uuid: made });
    expect(read({ [column]: { $oid: "662f0a5f5f0c2f6e5f0c2f6e" } })).toMatchObject({ uuid: made });
    expect(read({ [column]: Buffer.from("0123456789abcdef0123456789abcdef", "hex") })).toMatchObject({
      uuid: "01234567-89ab-cdef-0123-456789abcdef",
    });
  });

  it("loses the NULs with which libsodium fills its buffer after a hash, and no other text", () => {
    expect(read({ hash: `$argon2id$x${"\0".repeat(30)}` })).toMatchObject({ hashedPassword: "$argon2id$x" });
    expect(read({ hash: "\0\0" })).toBe("HASH_MISSING");
    expect(read({ first_name: "a\0" })).toBe("TEXT_INVALID");
  });

  it.each([
    ["email", "EMAIL_INVALID"],
    ["username", "USERNAME_INVALID"],
    ["hash", "HASH_UNKNOWN"],
    ["uuid", "UUID_INVALID"],
    ["disabled", "FLAG_INVALID"],
    ["email_verified", "FLAG_INVALID"],
    ["created_at", "TIME_INVALID"],
    ["first_name", "TEXT_INVALID"],
    ["phone", "TEXT_INVALID"],
  ])("with something that is not text as %s is refused, not imported without it", (column, reason) => {
    for (const value of [{ a: 1 }, ["x"], Buffer.from([0xff])])
      expect(read({ [column]: value })).toBe(reason);
  });

  it("has a phone number without the fraction that pandas adds", () => {
    expect(read({ phone: "13800138000.0" })).toMatchObject({ phoneNumber: "13800138000" });
    expect(read({ phone: "+1.0" })).toMatchObject({ phoneNumber: "+1.0" });
  });

  it("makes an administrator only if requested", () => {
    expect(read({ role: "admin" })).toMatchObject({ role: "user" });
    expect(read({ role: "admin" }, true)).toMatchObject({ role: "admin" });
    expect(read({ role: "superuser" }, true)).toMatchObject({ role: "user" });
  });
});

describe("values", () => {
  it.each([
    ["2025-07-17T10:00:00Z", Date.UTC(2025, 6, 17, 10)],
    ["2025-07-17 10:00:00.123456", Date.UTC(2025, 6, 17, 10, 0, 0, 123)],
    ["2025-07-17T10:00+08:00", Date.UTC(2025, 6, 17, 2)],
    ["2025-07-17 10:00:00+0800", Date.UTC(2025, 6, 17, 2)],
    ["2025-07-17", Date.UTC(2025, 6, 17)],
    [1_752_746_400, 1_752_746_400_000],
    ["1752746400.5", 1_752_746_400_500],
    [1_752_746_400_123, 1_752_746_400_123],
    ["", null],
    [undefined, null],
    // PostgreSQL, and ISO 8601 in its other forms.
    ["2024-05-01 08:15:30.123456+00", Date.UTC(2024, 4, 1, 8, 15, 30, 123)],
    ["2024-05-01 08:15:30+02", Date.UTC(2024, 4, 1, 6, 15, 30)],
    ["2024-05-01 11:45:30.5+05:30", Date.UTC(2024, 4, 1, 6, 15, 30, 500)],
    ["1890-01-01 00:53:28+00:53:28", Date.UTC(1890, 0, 1)],
    ["2024-05-01T08:15:30,25Z", Date.UTC(2024, 4, 1, 8, 15, 30, 250)],
    ["20240501T081530Z", Date.UTC(2024, 4, 1, 8, 15, 30)],
    ["20240501T101530+0200", Date.UTC(2024, 4, 1, 8, 15, 30)],
    ["2024-05-01T08:15:30.1234567891Z", Date.UTC(2024, 4, 1, 8, 15, 30, 123)],
    // Go and others.
    ["2024-05-01 08:15:30.123456789 +0000 UTC", Date.UTC(2024, 4, 1, 8, 15, 30, 123)],
    ["2024-05-01 10:15:30 +0200 CEST", Date.UTC(2024, 4, 1, 8, 15, 30)],
    ["2024-05-01 08:15:30 UTC", Date.UTC(2024, 4, 1, 8, 15, 30)],
    ["2024-02-29 24:00", Date.UTC(2024, 2, 1)],
    ["2024-02-30 10:00:00", undefined],
    ["2023-02-29", undefined],
    ["1900-02-29", undefined],
    ["2024-04-31T23:00:00Z", undefined],
    ["2024-00-10", undefined],
    ["0000-00-00 00:00:00", undefined],
    ["2016-12-31T23:59:60Z", undefined],
    ["2024-05-01T24:00:01Z", undefined],
    ["2024-05-01T08:60:00Z", undefined],
    ["2024-05-01T08:15:30+24:00", undefined],
    ["2024-0501T08:15:30Z", undefined],
    // A year for which dates have no form of four digits.
    [8.64e15, undefined],
    ["9999-12-31T23:59:59-01", undefined],
    ["yesterday", undefined],
    ["2025-13-01", undefined],
    ["99999999999999999999", undefined],
    [{}, undefined],
  ])("reads the time %j", (text, ms) => {
    expect(readTime(text)).toBe(ms);
  });

  it.each([
    [true, true],
    [0, false],
    ["T", true],
    ["No", false],
    ["", false],
    [undefined, false],
    ["on", true],
    ["0.0", false],
    ["1.0", true],
    ["None", undefined],
    ["perhaps", undefined],
    [2, undefined],
    [{}, undefined],
  ])("reads yes or no in %j", (text, value) => {
    expect(readBoolean(text, false)).toBe(value);
  });
});
