import { z } from "zod";
import { accountErrors, changeErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { registrationErrors } from "../errors/registration.js";
import { mailedSecret, newPassword, shortText, username } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const AcceptInput = z
  .object({
    secret: mailedSecret,
    password: newPassword(6),
    username: username.optional(),
    firstName: shortText("The given name.", "San").optional(),
    lastName: shortText("The family name.", "Zhang").optional(),
    phoneNumber: shortText("The phone number.", "13800138000").optional(),
  })
  .meta({ id: "InvitationAcceptInput" });

/** Accepting an invitation. */
export const invitations = contract("Accepting invitations that were mailed.", {
  accept: {
    kind: "mutation",
    access: "public",
    summary: "Accept an invitation with a mailed secret",
    description:
      "The secret is the part of the link after `#secret=`. Creates the account with the role that the " +
      "invitation names, and with the address that it was mailed to, which counts as confirmed. Without a " +
      "`username`, the address is used. Sign in with the password afterwards.",
    input: AcceptInput,
    output: z.void(),
    raises: [
      mailErrors.LINK_INVALID,
      registrationErrors.REGISTRATION_CLOSED,
      accountErrors.USERNAME_TAKEN,
      accountErrors.EMAIL_TAKEN,
      changeErrors.FOREIGN_ADDRESS,
      accountErrors.PASSWORD_TOO_COMMON,
      accountErrors.RATE_LIMITED,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    audit: "invitations.accept",
    rest: { method: "POST", path: "/api/v1/invitations/accept" },
    example: {
      input: { secret: "bW9ja2VkLXNlY3JldC1vZi1mb3J0eS10aHJlZS1jaGFycw", password: "password123" },
      output: undefined,
    },
  },
});
