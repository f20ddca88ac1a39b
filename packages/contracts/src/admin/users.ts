import { z } from "zod";
import { accessErrors, accountErrors, adminErrors, changeErrors } from "../errors/account.js";
import { sessionErrors } from "../errors/session.js";
import { contract } from "../kit/procedure.js";
import {
  AdminFactors,
  AdminSessions,
  AdminUser,
  CreatedUser,
  CreateInput,
  DisableInput,
  EndedSessions,
  FactorsReset,
  ListInput,
  MadePassword,
  ResetFactorsInput,
  SessionRef,
  TemporaryPasswordInput,
  UpdateInput,
  UserPage,
  UserRef,
} from "./user-fields.js";

const id = "8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77";
const user = {
  id,
  username: "testuser",
  email: "test@example.com",
  firstName: "San",
  lastName: "Zhang",
  phoneNumber: null,
  language: "zh-CN",
  role: "user",
  disabled: false,
  disabledReason: null,
  emailVerifiedAt: null,
  passwordChangeRequired: false,
  createdAt: "2026-01-15T12:00:00.000Z",
  updatedAt: "2026-01-15T12:00:00.000Z",
} as const;
const session = {
  id: "0b8f2a4e-58a5-4a52-8d0c-6a3b0d7f5c11",
  userAgent: "Mozilla/5.0",
  address: "192.0.2.7",
  methods: ["pwd" as const],
  createdAt: "2026-01-15T12:00:00.000Z",
  lastSeenAt: "2026-01-15T12:30:00.000Z",
  expiresAt: "2026-02-14T12:00:00.000Z",
};

/** For procedures that name a user. */
const userRaises = [...adminErrors, accountErrors.USER_NOT_FOUND] as const;
/** For those that a stolen token alone must not reach: the caller has just entered the password. */
const recentRaises = [...userRaises, accessErrors.REAUTHENTICATION_REQUIRED] as const;

/** User administration: `/api/v1/admin/users`. An account other than one's own is identified by its id. */
export const adminUsers = contract("User administration, for accounts with the role `admin`.", {
  list: {
    kind: "query",
    access: "users:read",
    summary: "Search users and page through them",
    description:
      "In order of registration. A page may hold fewer users than you asked for, or none, although more " +
      "follow: only `next` tells. A cursor stays valid after its user has been deleted.",
    input: ListInput,
    output: UserPage,
    raises: adminErrors,
    rest: { method: "GET", path: "/api/v1/admin/users" },
    example: { input: { prefix: "test", limit: 1 }, output: { users: [user], next: "1768478400000.42" } },
  },
  get: {
    kind: "query",
    access: "users:read",
    summary: "Read one user",
    description: "Everything known about the account except its password.",
    input: UserRef,
    output: AdminUser,
    raises: userRaises,
    rest: { method: "GET", path: "/api/v1/admin/users/{id}" },
    example: { input: { id }, output: user },
  },
  create: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Create a user with a temporary password",
    description:
      "If you provide no password, the server generates one and shows it only this once. It cannot be " +
      "used to sign in: the owner uses it to set a new one at `users.resetPassword`.",
    input: CreateInput,
    output: CreatedUser,
    raises: [
      ...adminErrors,
      accessErrors.REAUTHENTICATION_REQUIRED,
      accountErrors.USERNAME_TAKEN,
      accountErrors.EMAIL_TAKEN,
      accountErrors.PASSWORD_TOO_COMMON,
    ],
    audit: "admin.users.create",
    rest: { method: "POST", path: "/api/v1/admin/users" },
    example: {
      input: { email: "test@example.com", username: "testuser", firstName: "San", lastName: "Zhang" },
      output: { user: { ...user, passwordChangeRequired: true }, temporaryPassword: "kx7m-p2vd-94ra-hunt" },
    },
  },
  update: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Change a user's names, address, language or role",
    description:
      "Fields you leave out stay unchanged. A new address counts as unverified and invalidates links " +
      "mailed earlier; a username equal to the old address changes with it. A change of role ends all of " +
      "the user's sessions; administrators cannot change their own role.",
    input: UpdateInput,
    output: AdminUser,
    raises: [
      ...recentRaises,
      accountErrors.USERNAME_TAKEN,
      accountErrors.EMAIL_TAKEN,
      changeErrors.FOREIGN_ADDRESS,
      changeErrors.USER_CHANGED,
      changeErrors.OWN_ACCOUNT,
      changeErrors.LAST_ADMIN,
    ],
    audit: "admin.users.update",
    rest: { method: "PATCH", path: "/api/v1/admin/users/{id}" },
    example: { input: { id, lastName: "Li" }, output: { ...user, lastName: "Li" } },
  },
  disable: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Disable a user",
    description:
      "Ends all of the user's sessions: every token of the user is refused from the next request on.",
    input: DisableInput,
    output: AdminUser,
    raises: [...recentRaises, changeErrors.OWN_ACCOUNT, changeErrors.LAST_ADMIN],
    audit: "admin.users.disable",
    rest: { method: "POST", path: "/api/v1/admin/users/{id}/disable" },
    example: {
      input: { id, reason: "Requested by phone" },
      output: { ...user, disabled: true, disabledReason: "Requested by phone" },
    },
  },
  enable: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Enable a user again",
    description: "Ended sessions stay ended: the user has to sign in again.",
    input: UserRef,
    output: AdminUser,
    raises: recentRaises,
    audit: "admin.users.enable",
    rest: { method: "POST", path: "/api/v1/admin/users/{id}/enable" },
    example: { input: { id }, output: user },
  },
  setTemporaryPassword: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Give a user a temporary password",
    description:
      "Ends all sessions. If you provide no password, the server generates one and shows it only this " +
      "once. It cannot be used to sign in: the owner uses it to set a new one at `users.resetPassword`.",
    input: TemporaryPasswordInput,
    output: MadePassword,
    raises: [...recentRaises, changeErrors.OWN_ACCOUNT, accountErrors.PASSWORD_TOO_COMMON],
    audit: "admin.users.set_temporary_password",
    rest: { method: "POST", path: "/api/v1/admin/users/{id}/temporary-password" },
    example: { input: { id }, output: { temporaryPassword: "kx7m-p2vd-94ra-hunt" } },
  },
  factors: {
    kind: "query",
    access: "users:read",
    summary: "List a user's second factors",
    description:
      "Authenticator apps and passkeys, and how many recovery codes are left. No secrets are shown.",
    input: UserRef,
    output: AdminFactors,
    raises: userRaises,
    rest: { method: "GET", path: "/api/v1/admin/users/{id}/factors" },
    example: {
      input: { id },
      output: {
        factors: [
          {
            id: "0199d5a1-52a5-7c0d-9a0c-6f2b8f0d7a11",
            kind: "totp",
            name: "My phone",
            createdAt: "2026-01-15T12:00:00.000Z",
            lastUsedAt: null,
          },
        ],
        recoveryCodesLeft: 9,
      },
    },
  },
  resetFactors: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Remove a user's second factors",
    description:
      "All of them, and the recovery codes: for users who have lost them and have shown you who they are. The owner is " +
      "told by mail. Sessions go on.",
    input: ResetFactorsInput,
    output: FactorsReset,
    raises: [...recentRaises, changeErrors.OWN_ACCOUNT, changeErrors.USER_CHANGED],
    audit: "admin.users.reset_factors",
    rest: { method: "POST", path: "/api/v1/admin/users/{id}/factors/reset" },
    example: { input: { id, reason: "lost" }, output: { removed: 1 } },
  },
  sessions: {
    kind: "query",
    access: "users:read",
    summary: "List a user's sessions",
    description: "The active ones, most recently seen first.",
    input: UserRef,
    output: AdminSessions,
    raises: userRaises,
    rest: { method: "GET", path: "/api/v1/admin/users/{id}/sessions" },
    example: { input: { id }, output: { sessions: [session] } },
  },
  endSession: {
    kind: "mutation",
    access: "users:write",
    summary: "End one session of a user",
    description: "Its token is refused from the next request on.",
    input: SessionRef,
    output: z.void(),
    raises: [...userRaises, sessionErrors.SESSION_NOT_FOUND],
    audit: "admin.users.end_session",
    rest: { method: "DELETE", path: "/api/v1/admin/users/{id}/sessions/{sessionId}" },
    example: { input: { id, sessionId: session.id }, output: undefined },
  },
  endSessions: {
    kind: "mutation",
    access: "users:write",
    summary: "End all sessions of a user",
    description: "Their tokens are refused from the next request on.",
    input: UserRef,
    output: EndedSessions,
    raises: userRaises,
    audit: "admin.users.end_sessions",
    rest: { method: "POST", path: "/api/v1/admin/users/{id}/end-sessions" },
    example: { input: { id }, output: { ended: 2 } },
  },
  delete: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Delete a user permanently",
    description:
      "Deletes the personal data and the sessions as well; tokens are refused from the next request on. " +
      "The username and address become available to others. The audit log keeps the id.",
    input: UserRef,
    output: z.void(),
    raises: [...recentRaises, changeErrors.OWN_ACCOUNT, changeErrors.LAST_ADMIN],
    audit: "admin.users.delete",
    rest: { method: "DELETE", path: "/api/v1/admin/users/{id}" },
    example: { input: { id }, output: undefined },
  },
});
