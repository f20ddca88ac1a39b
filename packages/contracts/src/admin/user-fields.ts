import { z } from "zod";
import { emailAddress, newPassword, personalText, refuseForeignAddress, username } from "../fields/text.js";

/** An account's permanent id. */
const userId = z
  .uuid()
  .toLowerCase()
  .meta({ description: "The account's permanent id.", examples: ["8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77"] });

/** A point in time: UTC, with milliseconds. */
const instant = z.string().meta({ format: "date-time", examples: ["2026-01-15T12:00:00.000Z"] });

/** A point in time that is asked for, with its zone. */
const askedTime = (description: string) =>
  z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .meta({ description, format: "date-time", examples: ["2026-01-15T12:00:00Z"] });

const role = z.enum(["user", "admin"]).meta({ description: "Administrators may look after other accounts." });
const language = z.enum(["en", "zh-CN"]).meta({ description: "The language to write to the user in." });
const firstName = personalText("The given name.", "San");
const lastName = personalText("The family name.", "Zhang");
const phoneNumber = personalText("The telephone number.", "13800138000");
const temporaryPassword = newPassword(6).meta({
  description: "A temporary password; without it the server makes one. At least 6 code points.",
});

/** Where a page begins: a time and a number of its order, for nobody but the server to read. */
const cursor = z
  .string()
  .transform((text, context) => {
    // An imported time may be the last that JavaScript's dates know, which has 16 digits.
    const [createdAtMs, id] = (/^(-?\d{1,16})\.(\d{1,15})$/.exec(text)?.slice(1) ?? []).map(Number);
    if (Number.isSafeInteger(createdAtMs) && createdAtMs !== undefined && id !== undefined) {
      return { createdAtMs, id };
    }
    context.issues.push({
      code: "custom",
      message: "must be what an earlier page gave as `next`",
      input: text,
    });
    return z.NEVER;
  })
  .meta({
    description: "Begins behind an earlier page: what it gave as `next`.",
    examples: ["1768478400000.42"],
  });

export const AdminUser = z
  .object({
    id: z.uuid().meta({ description: "The account's permanent id." }),
    username: z.string(),
    email: z.string().meta({ format: "email" }),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    phoneNumber: z.string().nullable(),
    language: language.nullable(),
    role,
    disabled: z.boolean(),
    disabledReason: z.string().nullable().meta({ description: "Why it was disabled: for administrators." }),
    emailVerifiedAt: instant
      .nullable()
      .meta({ description: "When the address was last shown to be the user's." }),
    passwordChangeRequired: z.boolean().meta({
      description: "The password is a temporary one: nobody signs in with it, it only sets another.",
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
      .meta({ description: "What the address or the username begins with, in any letter case." })
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
      .meta({ description: "What the next page is asked for with; null where nobody follows." }),
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

// Where the path holds a part of the input, its whole has no name on the wire.
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
    "The account's `updatedAt` as it was read: where it is another now, nothing is changed.",
  ).optional(),
});

export const DisableInput = z.object({
  id: userId,
  reason: personalText("Why, for other administrators.", "Asked for it by telephone").optional(),
});

export const TemporaryPasswordInput = z.object({ id: userId, password: temporaryPassword.optional() });

const temporaryPasswordMade = z.string().nullable().meta({
  description: "The temporary password that the server made, shown this once; null where one was given.",
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
        userAgent: z
          .string()
          .nullable()
          .meta({ description: "What the client called itself at the sign-in." }),
        address: z.string().meta({ description: "The network address of the sign-in." }),
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
  .object({ ended: z.int().meta({ description: "How many sessions ended." }) })
  .meta({ id: "AdminEndedSessions" });
