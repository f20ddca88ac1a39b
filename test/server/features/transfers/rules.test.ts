import { describe, expect, it } from "vitest";
import {
  advanced,
  atTheBeginning,
  judgeUser,
  mayContinue,
} from "../../../../apps/server/src/features/transfers/rules.js";
import type { ImportedUser } from "../../../../apps/server/src/features/transfers/store.js";

describe("a user of a file", () => {
  const user: ImportedUser = {
    uuid: "u",
    email: "ann@x.org",
    emailKey: "ann@x.org",
    username: "ann",
    usernameKey: "ann",
    hashedPassword: "h",
    disabled: false,
    disabledReason: null,
    role: "user",
    language: null,
    emailVerifiedAtMs: null,
    mustChangePassword: false,
    createdAtMs: 5,
    updatedAtMs: 5,
    firstName: null,
    lastName: null,
    phoneNumber: null,
    isDated: true,
  };
  const stranger = { uuid: "v", emailKey: "b@x.org", usernameKey: "b", hashedPassword: "i", createdAtMs: 6 };
  const holder = { ...stranger, emailKey: "ann@x.org" };

  it.each([
    ["new where no name is another's", [], "new"],
    ["present with the same address and uuid", [{ ...holder, uuid: "u" }], "present"],
    ["present with the same address and hash", [{ ...holder, hashedPassword: "h" }], "present"],
    ["present with the same address and time", [{ ...holder, createdAtMs: 5 }], "present"],
    ["another where only the address is the same", [holder], "EMAIL_TAKEN"],
    ["refused where another has the username", [{ ...stranger, usernameKey: "ann" }], "USERNAME_TAKEN"],
    ["refused where another has the uuid", [{ ...stranger, uuid: "u" }], "UUID_TAKEN"],
    ["judged by the address first", [{ ...stranger, uuid: "u", usernameKey: "ann" }, holder], "EMAIL_TAKEN"],
  ] as const)("is %s", (_, holders, verdict) => {
    expect(judgeUser(user, holders)).toBe(verdict);
  });

  it("is not known by a time that the file does not say", () => {
    expect(judgeUser({ ...user, isDated: false }, [{ ...holder, createdAtMs: 5 }])).toBe("EMAIL_TAKEN");
  });
});

const CHOICES = { keepAdmins: true, format: "csv", hashParameters: "digest of them" };

describe("an import", () => {
  it("goes on behind the line where it is, unless it is finished", () => {
    const state = { ...atTheBeginning(CHOICES), line: 7 };
    expect(mayContinue(state, 7)).toBe(true);
    expect(mayContinue(state, 6)).toBe(false);
    expect(mayContinue({ ...state, finished: true }, 7)).toBe(false);
    expect(mayContinue(undefined, 0)).toBe(false);
  });

  it("counts what has become of each line", () => {
    const before = { ...CHOICES, line: 7, imported: 10, present: 20, refused: 30, finished: false };
    const batch = { line: 12, isLast: true, refusals: [{ line: 8, reason: "EMAIL_INVALID" }] };
    expect(advanced(before, batch, ["new", "present", "new", "UUID_TAKEN"])).toEqual({
      ...CHOICES,
      line: 12,
      imported: 12,
      present: 21,
      refused: 32,
      finished: true,
    });
  });
});
