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
    ["perhaps", undefined],
    [2, undefined],
  ])("reads yes or no in %j", (text, value) => {
    expect(readBoolean(text, false)).toBe(value);
  });
});
