import { z } from "zod";
import { accessErrors, accountErrors, changeErrors, userErrors } from "../errors/account.js";
import { signInErrors } from "../errors/sign-in.js";
import { factorInput } from "../fields/factor.js";
import { instant, newPassword, passwordAttempt, shortText, username } from "../fields/text.js";
import { contract } from "../kit/procedure.js";
import { Factor } from "./factors.js";
import { sessionFields } from "./sessions.js";

/** An account, as its owner sees it. */
export const accountFields = {
  id: z.uuid().meta({ description: "The account's permanent id, the `sub` of its tokens." }),
  email: z.string().meta({ format: "email" }),
  username: z.string(),
  firstName: z.string().nullable().meta({ description: "The given name; `null` if unknown." }),
  lastName: z.string().nullable().meta({ description: "The family name; `null` if unknown." }),
  phoneNumber: z.string().nullable().meta({ description: "The phone number; `null` if unknown." }),
  language: z
    .enum(["en", "zh-CN"])
    .nullable()
    .meta({ description: "The language for mail to the user; `null` if none was chosen." }),
  role: z.enum(["user", "admin"]),
  emailVerifiedAt: instant
    .nullable()
    .meta({ description: "When the owner last proved that the address is theirs; `null` if never." }),
  createdAt: instant,
  updatedAt: instant,
};

export const Account = z.object(accountFields).meta({ id: "Account" });

const text = (description: string, example: string) => shortText(description, example).nullable().optional();

const UpdateInput = z
  .object({
    username: username.optional(),
    firstName: text("The given name.", "San"),
    lastName: text("The family name.", "Zhang"),
    phoneNumber: text("The phone number.", "13800138000"),
    language: z
      .enum(["en", "zh-CN"])
      .nullable()
      .optional()
      .meta({ description: "The language for mail to the user." }),
  })
  .meta({ id: "AccountUpdateInput" });

const ChangePasswordInput = z
  .object({ oldPassword: passwordAttempt, newPassword: newPassword(6) })
  .meta({ id: "AccountChangePasswordInput" });

const ConfirmInput = z
  .object({
    password: passwordAttempt
      .optional()
      .meta({ description: "The account's password, if it has no second factor." }),
    factor: factorInput.optional().meta({ description: "A second factor, if the account has one." }),
  })
  .check(({ value, issues }) => {
    const { password, factor } = value;
    if (password === undefined && factor === undefined) {
      issues.push({ code: "invalid_type", expected: "string", path: ["password"], input: password });
    }
    if (password !== undefined && factor !== undefined) {
      const message = "factor must not be sent together with a password";
      issues.push({ code: "custom", path: ["factor"], message, input: factor });
    }
  })
  .meta({ id: "AccountConfirmInput" });

const Confirmed = z
  .object({
    confirmedAt: instant.meta({
      description: "The confirmation is valid for 10 minutes from this time, in this session only.",
    }),
  })
  .meta({ id: "AccountConfirmed" });

const LogEntry = z
  .object({
    at: instant,
    action: z.string().meta({ description: "What was done, such as `auth.login`." }),
    outcome: z.string().meta({ description: "`ok`, or the code of the error." }),
    by: z
      .enum(["owner", "administrator", "unknown"])
      .meta({ description: "Who did it; `unknown` if the caller was not signed in." }),
    address: z.string().nullable().meta({ description: "`null` if an administrator did it." }),
    userAgent: z.string().nullable(),
  })
  .meta({ id: "AccountLogEntry" });

const Data = z
  .object({
    exportedAt: instant,
    account: Account,
    factors: z.array(Factor).meta({ description: "The second factors, without their secrets." }),
    sessions: z.array(z.object({ ...sessionFields, userAgent: z.string().nullable() })),
    log: z
      .array(LogEntry)
      .meta({ description: "What was done to the account, newest first; at most 10,000 entries and 2 MiB." }),
    hasOlderEntries: z.boolean().meta({
      description:
        "Whether the audit log has older entries about the account than these. The operator has them.",
    }),
  })
  .meta({ id: "AccountData" });

export const accountExample = {
  id: "8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77",
  email: "user@example.com",
  username: "testuser",
  firstName: "San",
  lastName: "Zhang",
  phoneNumber: "13800138000",
  language: "zh-CN" as const,
  role: "user" as const,
  emailVerifiedAt: null,
  createdAt: "2026-01-15T12:00:00.000Z",
  updatedAt: "2026-01-15T12:00:00.000Z",
};

/** The caller's own account. */
export const account = contract("The caller's own account.", {
  get: {
    kind: "query",
    access: "account",
    summary: "Read your account",
    description: "Everything the account records about its owner.",
    input: z.void(),
    output: Account,
    raises: userErrors,
    rest: { method: "GET", path: "/api/v1/account" },
    example: { output: accountExample },
  },
  update: {
    kind: "mutation",
    access: "account",
    summary: "Change names, phone number, language or username",
    description:
      "Fields you leave out stay unchanged; `null` clears a field. A username may contain `@` only if it " +
      "is the account's own address. Tokens carry a new username from their next refresh on.",
    input: UpdateInput,
    output: Account,
    raises: [
      ...userErrors,
      accountErrors.USERNAME_TAKEN,
      changeErrors.FOREIGN_ADDRESS,
      changeErrors.USER_CHANGED,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    audit: "account.update",
    rest: { method: "PATCH", path: "/api/v1/account" },
    example: { input: { language: "zh-CN", firstName: "San" }, output: accountExample },
  },
  changePassword: {
    kind: "mutation",
    access: "session",
    summary: "Set a new password, using the old one",
    description:
      "Ends every other session of the account. The session that makes the request stays signed in.",
    input: ChangePasswordInput,
    output: z.void(),
    raises: [
      ...userErrors,
      accountErrors.WRONG_PASSWORD,
      accountErrors.PASSWORD_TOO_COMMON,
      accountErrors.RATE_LIMITED,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    audit: "account.change_password",
    rest: { method: "POST", path: "/api/v1/account/password" },
    example: { input: { oldPassword: "currentpassword", newPassword: "newpassword123" }, output: undefined },
  },
  confirm: {
    kind: "mutation",
    access: "session",
    summary: "Confirm that it is you",
    description:
      "For the next 10 minutes, this session may do what requires it. Takes the password or, if the account has a " +
      "second factor, one of those; signing in with it has the same effect.",
    input: ConfirmInput,
    output: Confirmed,
    raises: [
      ...userErrors,
      accountErrors.WRONG_PASSWORD,
      accountErrors.RATE_LIMITED,
      signInErrors.FACTOR_WRONG,
      accessErrors.REAUTHENTICATION_REQUIRED,
    ],
    audit: { failuresOf: "account.confirm" },
    rest: { method: "POST", path: "/api/v1/account/confirm" },
    example: {
      input: { password: "password123" },
      output: { confirmedAt: "2026-01-15T12:00:00.000Z" },
    },
  },
  exportData: {
    kind: "query",
    access: "account",
    recent: true,
    summary: "Download all data kept about you",
    description:
      "The account, its second factors, its sessions, and its entries in the audit log. Contains no passwords and no tokens. One " +
      "at a time: while another one is made for the account, the answer is `UNAVAILABLE`.",
    input: z.void(),
    output: Data,
    raises: [...userErrors, accessErrors.REAUTHENTICATION_REQUIRED, accountErrors.TOO_MANY_REQUESTS],
    audit: "account.export_data",
    rest: { method: "GET", path: "/api/v1/account/data" },
    example: {
      output: {
        exportedAt: "2026-01-15T12:00:00.000Z",
        account: accountExample,
        factors: [],
        sessions: [],
        log: [],
        hasOlderEntries: false,
      },
    },
  },
  delete: {
    kind: "mutation",
    access: "account",
    recent: true,
    summary: "Delete your account",
    description:
      "Deletes the account and everything kept about its owner, immediately and for good. The audit log " +
      "keeps its entries, which identify the account only by its id. The last administrator cannot be " +
      "deleted.",
    input: z.void(),
    output: z.void(),
    raises: [...userErrors, accessErrors.REAUTHENTICATION_REQUIRED, changeErrors.LAST_ADMIN],
    session: { ends: true },
    audit: "account.delete",
    rest: { method: "DELETE", path: "/api/v1/account" },
    example: { output: undefined },
  },
});
