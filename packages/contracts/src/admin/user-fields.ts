import { z } from "zod";
import {
  EMAIL_FORMAT,
  emailAddress,
  newPassword,
  refuseForeignAddress,
  shortText,
  username,
} from "../fields/text.js";
import { Factor } from "../v1/factors.js";
import { sessionMethods } from "../v1/sessions.js";

/** An account's permanent id. */
const userId = z
  .uuid()
  .toLowerCase()
  .meta({ description: "The account's permanent id.", examples: ["8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77"] });

/** A timestamp: UTC, with milliseconds. */
const instant = z.string().meta({ format: "date-time", examples: ["2026-01-15T12:00:00.000Z"] });

/** A timestamp in a query, with its time zone. */
const askedTime = (description: string) =>
  z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .meta({ description, format: "date-time", examples: ["2026-01-15T12:00:00Z"] });

const role = z.enum(["user", "admin"]).meta({ description: "Administrators can manage other accounts." });
const language = z.enum(["en", "zh-CN"]).meta({ description: "The language for mail to the user." });
const firstName = shortText("The given name.", "San");
const lastName = shortText("The family name.", "Zhang");
const phoneNumber = shortText("The phone number.", "13800138000");
const temporaryPassword = newPassword(6).meta({
  description:
    "A temporary password of at least 6 code points. If you leave it out, the server generates one.",
});

/** Where a page begins: a time and a sequence number. Opaque to clients. */
const cursor = z
  .string()
  .transform((text, context) => {
    // An imported time can be as late as the last one that JavaScript's dates can hold, which has 16 digits.
    const [createdAtMs, id] = (/^(-?\d{1,16})\.(\d{1,15})$/.exec(text)?.slice(1) ?? []).map(Number);
    if (Number.isSafeInteger(createdAtMs) && createdAtMs !== undefined && id !== undefined) {
      return { createdAtMs, id };
    }
    context.issues.push({
      code: "custom",
      message: "must be the `next` of an earlier page",
      input: text,
    });
    return z.NEVER;
  })
  .meta({
    description: "Continues after an earlier page: its `next`.",
    examples: ["1768478400000.42"],
  });

export const AdminUser = z
  .object({
    id: z.uuid().meta({ description: "The account's permanent id." }),
    username: z.string(),
    email: z.string().meta({ format: EMAIL_FORMAT }),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    phoneNumber: z.string().nullable(),
    language: language.nullable(),
    role,
    disabled: z.boolean(),
    disabledReason: z
      .string()
      .nullable()
      .meta({ description: "Why the account was disabled. Only administrators see this." }),
    emailVerifiedAt: instant
      .nullable()
      .meta({ description: "When the user last proved that the address is theirs." }),
    passwordChangeRequired: z.boolean().meta({
      description: "The password is temporary: it cannot be used to sign in, only to set a new one.",
    }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "AdminUser" });

export const UserRef = z.object({ id: userId }).meta({ id: "AdminUserRef" });

export const ListInput = z
  .object({
    prefix: z
      .string()
      .trim()
      .min(1)
      .max(254)
      .meta({ description: "What the email address or the username begins with, in any letter case." })
      .optional(),
    role: role.optional(),
    disabled: z.boolean().optional(),
    emailVerified: z.boolean().optional(),
    createdFrom: askedTime("Registered at this time or later.").optional(),
    createdTo: askedTime("Registered before this time.").optional(),
    order: z.enum(["newest", "oldest"]).default("newest"),
    limit: z.int().min(1).max(200).default(50),
    after: cursor.optional(),
  })
  .meta({ id: "AdminUsersListInput" });

export const UserPage = z
  .object({
    users: z.array(AdminUser),
    next: z
      .string()
      .nullable()
      .meta({ description: "What to pass as `after` to get the next page; null on the last page." }),
  })
  .meta({ id: "AdminUserPage" });

export const CreateInput = z
  .object({
    email: emailAddress,
    username: username.optional(),
    password: temporaryPassword.optional(),
    firstName: firstName.optional(),
    lastName: lastName.optional(),
    phoneNumber: phoneNumber.optional(),
    language: language.optional(),
    role: role.optional(),
  })
  .check(({ value, issues }) => {
    const names = { email: value.email, username: value.username ?? value.email };
    refuseForeignAddress({ value: names, issues });
  })
  .meta({ id: "AdminUsersCreateInput" });

// No id: a part of this input comes from the path, so the object as a whole never appears on the wire.
export const UpdateInput = z.object({
  id: userId,
  email: emailAddress.optional(),
  username: username.optional(),
  firstName: firstName.nullable().optional(),
  lastName: lastName.nullable().optional(),
  phoneNumber: phoneNumber.nullable().optional(),
  language: language.nullable().optional(),
  role: role.optional(),
  updatedAt: askedTime(
    "The account's `updatedAt` as you read it. If it has changed since, nothing is changed.",
  ).optional(),
});

export const DisableInput = z.object({
  id: userId,
  reason: shortText("The reason, for other administrators.", "Requested by phone").optional(),
});

export const ResetFactorsInput = z.object({
  id: userId,
  reason: z.enum(["lost", "compromised", "other"]).meta({
    description:
      "Why, for the audit log: the owner has `lost` them, or someone else can use them (`compromised`).",
  }),
});

export const AdminFactors = z
  .object({
    factors: z.array(Factor).meta({ description: "The oldest first." }),
    recoveryCodesLeft: z.int().meta({ description: "How many recovery codes have not been used." }),
  })
  .meta({ id: "AdminUserFactors" });

export const FactorsReset = z
  .object({
    removed: z.int().meta({ description: "How many factors were removed, not counting recovery codes." }),
  })
  .meta({ id: "FactorsReset" });

export const TemporaryPasswordInput = z.object({ id: userId, password: temporaryPassword.optional() });

const temporaryPasswordMade = z.string().nullable().meta({
  description:
    "The temporary password that the server generated, shown only this once; null if you provided one.",
});

export const CreatedUser = z
  .object({ user: AdminUser, temporaryPassword: temporaryPasswordMade })
  .meta({ id: "AdminCreatedUser" });

export const MadePassword = z
  .object({ temporaryPassword: temporaryPasswordMade })
  .meta({ id: "AdminMadePassword" });

export const AdminSessions = z
  .object({
    sessions: z.array(
      z.object({
        id: z.uuid(),
        userAgent: z.string().nullable().meta({ description: "The client's user agent at sign-in." }),
        address: z.string().meta({ description: "The network address at sign-in." }),
        methods: sessionMethods,
        createdAt: instant,
        lastSeenAt: instant,
        expiresAt: instant,
      }),
    ),
  })
  .meta({ id: "AdminSessions" });

export const SessionRef = z
  .object({ id: userId, sessionId: z.uuid().toLowerCase().meta({ description: "The session's id." }) })
  .meta({ id: "AdminSessionRef" });

export const EndedSessions = z
  .object({ ended: z.int().meta({ description: "How many sessions were ended." }) })
  .meta({ id: "AdminEndedSessions" });
