import { defineErrors } from "../kit/errors.js";

/** Errors about who may get an account, and about invitations. */
export const registrationErrors = defineErrors({
  REGISTRATION_CLOSED: {
    status: 403,
    message: "Registration is closed.",
    zh: "注册已关闭。",
    help:
      "The operator has set `REGISTRATION=closed`: administrators and the command line create all accounts, " +
      "and invitations are neither sent nor accepted.",
  },
  INVITATION_REQUIRED: {
    status: 403,
    message: "Registration is by invitation only.",
    zh: "仅限受邀用户注册。",
    help:
      "The operator has set `REGISTRATION=invited`. Ask an administrator for an invitation, and open the link " +
      "in the mail.",
  },
  INVITATION_NOT_FOUND: {
    status: 404,
    message: "This invitation does not exist.",
    zh: "邀请不存在。",
    help: "It was accepted or withdrawn, or has expired. List the invitations again.",
  },
});
