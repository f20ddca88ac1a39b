import { z } from "zod";
import { accessErrors, accountErrors, adminErrors, changeErrors } from "../errors/account.js";
import { sessionErrors } from "../errors/session.js";
import { contract } from "../kit/procedure.js";
import {
  AdminSessions,
  AdminUser,
  CreatedUser,
  CreateInput,
  DisableInput,
  EndedSessions,
  ListInput,
  MadePassword,
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
  createdAt: "2026-01-15T12:00:00.000Z",
  lastSeenAt: "2026-01-15T12:30:00.000Z",
  expiresAt: "2026-02-14T12:00:00.000Z",
};

/** Of procedures that name a user. */
const userRaises = [...adminErrors, accountErrors.USER_NOT_FOUND] as const;
/** Of those that a stolen token alone must not reach: who calls has just given the password. */
const recentRaises = [...userRaises, accessErrors.REAUTHENTICATION_REQUIRED] as const;

/** Administration of users: `/api/v1/admin/users`. Another account than one's own is named by its id. */
export const adminUsers = contract({
  list: {
    kind: "query",
    access: "users:read",
    summary: "Search users and page through them",
    description:
      "In the order of registration. A page may hold fewer users than asked for, even none, although more follow: `next` " +
      "alone tells. A cursor stays good when its user is gone.",
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
    description: "All that is known of the account but its password.",
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
      "Without a password the server makes one and shows it this once. Nobody signs in with it: the owner sets another " +
      "with it at `users.resetPassword`.",
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
      "What is left out stays. A new address counts as unverified, and a username that was the address follows it; " +
      "links that were mailed before are worthless then. Another role ends all sessions of the user; nobody changes their own.",
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
    description: "Ends all sessions: every token of the user is refused from the next request on.",
    input: DisableInput,
    output: AdminUser,
    raises: [...recentRaises, changeErrors.OWN_ACCOUNT, changeErrors.LAST_ADMIN],
    audit: "admin.users.disable",
    rest: { method: "POST", path: "/api/v1/admin/users/{id}/disable" },
    example: {
      input: { id, reason: "Asked for it by telephone" },
      output: { ...user, disabled: true, disabledReason: "Asked for it by telephone" },
    },
  },
  enable: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Enable a user again",
    description: "Sessions that have ended stay so: the user signs in anew.",
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
      "Ends all sessions. Without a password the server makes one and shows it this once. Nobody signs in with it: the " +
      "owner sets another with it at `users.resetPassword`.",
    input: TemporaryPasswordInput,
    output: MadePassword,
    raises: [...recentRaises, changeErrors.OWN_ACCOUNT, accountErrors.PASSWORD_TOO_COMMON],
    audit: "admin.users.set_temporary_password",
    rest: { method: "POST", path: "/api/v1/admin/users/{id}/temporary-password" },
    example: { input: { id }, output: { temporaryPassword: "kx7m-p2vd-94ra-hunt" } },
  },
  sessions: {
    kind: "query",
    access: "users:read",
    summary: "List a user's sessions",
    description: "Those that are alive, the last seen first.",
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
    summary: "Delete a user for good",
    description:
      "With the personal data and the sessions; tokens are refused from the next request on. The names may be taken by " +
      "others. The audit log keeps the id.",
    input: UserRef,
    output: z.void(),
    raises: [...recentRaises, changeErrors.OWN_ACCOUNT, changeErrors.LAST_ADMIN],
    audit: "admin.users.delete",
    rest: { method: "DELETE", path: "/api/v1/admin/users/{id}" },
    example: { input: { id }, output: undefined },
  },
});
