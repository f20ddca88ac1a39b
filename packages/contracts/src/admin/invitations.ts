import { z } from "zod";
import { accessErrors, accountErrors, adminErrors } from "../errors/account.js";
import { registrationErrors } from "../errors/registration.js";
import { emailAddress, instant } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const role = z.enum(["user", "admin"]).meta({ description: "The role of the account." });
const language = z.enum(["en", "zh-CN"]).meta({ description: "The language of the mail and the account." });
const invitationId = z.uuid().toLowerCase().meta({ description: "The id that the account will have." });

const Invitation = z
  .object({
    id: invitationId,
    email: z.string(),
    role,
    language: language.nullable(),
    invitedBy: z
      .uuid()
      .nullable()
      .meta({ description: "The id of the administrator who invited; null if the command line did." }),
    createdAt: instant,
    expiresAt: instant,
  })
  .meta({ id: "Invitation" });

const CreateInput = z
  .object({ email: emailAddress, role: role.optional(), language: language.optional() })
  .meta({ id: "InvitationCreateInput" });

const ListInput = z
  .object({
    before: z.uuid().optional().meta({ description: "Continues after an earlier page: its `next`." }),
    limit: z.int().min(1).max(200).default(50).meta({ description: "At most this many invitations." }),
  })
  .meta({ id: "InvitationListInput" });

const InvitationRef = z.object({ id: invitationId }).meta({ id: "InvitationRef" });

const invitation = {
  id: "019bc1a0-6c00-7a2b-8f3e-2d4c6b8a9e01",
  email: "ada@example.com",
  role: "user",
  language: null,
  invitedBy: "019bc1a0-1c00-7d3e-9a41-6f0b2c8d7e15",
  createdAt: "2026-01-15T12:00:00.000Z",
  expiresAt: "2026-01-22T12:00:00.000Z",
} as const;

/** Invitations: `/api/v1/admin/invitations`. */
export const adminInvitations = contract("Invitations, for accounts with the role `admin`.", {
  list: {
    kind: "query",
    access: "users:read",
    summary: "List open invitations",
    description:
      "The newest first. Expired ones are left out. An invitation with the role `admin` is withdrawn when the " +
      "administrator who made it is disabled, demoted or deleted.",
    input: ListInput,
    output: z
      .object({ invitations: z.array(Invitation), next: z.uuid().nullable() })
      .meta({ id: "InvitationPage" }),
    raises: adminErrors,
    rest: { method: "GET", path: "/api/v1/admin/invitations" },
    example: { input: { limit: 1 }, output: { invitations: [invitation], next: null } },
  },
  create: {
    kind: "mutation",
    access: "users:write",
    recent: true,
    summary: "Invite a person by mail",
    description:
      "Mails a link that works once, within `INVITATION_DAYS`. An earlier invitation of the same address is " +
      "replaced. Also works while registration is open, but not with `REGISTRATION=closed`.",
    input: CreateInput,
    output: Invitation,
    raises: [
      ...adminErrors,
      accessErrors.REAUTHENTICATION_REQUIRED,
      registrationErrors.REGISTRATION_CLOSED,
      accountErrors.EMAIL_TAKEN,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    audit: "admin.invitations.create",
    rest: { method: "POST", path: "/api/v1/admin/invitations" },
    example: { input: { email: "ada@example.com" }, output: invitation },
  },
  resend: {
    kind: "mutation",
    access: "users:write",
    summary: "Mail an invitation again",
    description: "Mails a new link. The earlier one becomes invalid, and `INVITATION_DAYS` start again.",
    input: InvitationRef,
    output: Invitation,
    raises: [
      ...adminErrors,
      registrationErrors.INVITATION_NOT_FOUND,
      registrationErrors.REGISTRATION_CLOSED,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    audit: "admin.invitations.resend",
    rest: { method: "POST", path: "/api/v1/admin/invitations/{id}/resend" },
    example: { input: { id: invitation.id }, output: invitation },
  },
  withdraw: {
    kind: "mutation",
    access: "users:write",
    summary: "Withdraw an invitation",
    description: "Its link stops working immediately.",
    input: InvitationRef,
    output: z.void(),
    raises: [...adminErrors, registrationErrors.INVITATION_NOT_FOUND],
    audit: "admin.invitations.withdraw",
    rest: { method: "DELETE", path: "/api/v1/admin/invitations/{id}" },
    example: { input: { id: invitation.id }, output: undefined },
  },
});
