import { z } from "zod";
import { accountErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { emailAddress, mailedSecret, newPassword } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const RequestInput = z.object({ email: emailAddress }).meta({ id: "RecoveryRequestInput" });

const CompleteInput = z
  .object({ secret: mailedSecret, newPassword: newPassword(6) })
  .meta({ id: "RecoveryCompleteInput" });

/** A new password for users who have forgotten theirs. */
export const recovery = contract("A new password for users who have forgotten theirs, by mail.", {
  request: {
    kind: "mutation",
    access: "public",
    summary: "Request a link to set a new password",
    description:
      "If there is an account with this address, a link is mailed to it that works once, within 30 " +
      "minutes. Neither the answer nor its timing reveals whether there is one.",
    input: RequestInput,
    output: z.void(),
    raises: [accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "POST", path: "/api/v1/recovery/request" },
    example: { input: { email: "user@example.com" }, output: undefined },
  },
  complete: {
    kind: "mutation",
    access: "public",
    summary: "Set a new password with a mailed secret",
    description:
      "The secret is the part of the link after `#secret=`. Ends all sessions of the account and confirms " +
      "that the address is its owner's. Sign in with the new password afterwards.",
    input: CompleteInput,
    output: z.void(),
    raises: [mailErrors.LINK_INVALID, accountErrors.PASSWORD_TOO_COMMON, accountErrors.RATE_LIMITED],
    audit: "recovery.complete",
    rest: { method: "POST", path: "/api/v1/recovery/complete" },
    example: {
      input: { secret: "bW9ja2VkLXNlY3JldC1vZi1mb3J0eS10aHJlZS1jaGFycw", newPassword: "newpassword123" },
      output: undefined,
    },
  },
});
