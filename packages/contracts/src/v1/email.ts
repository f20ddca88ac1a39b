import { z } from "zod";
import { accessErrors, accountErrors, userErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { emailAddress, mailedSecret } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const ChangeInput = z.object({ newEmail: emailAddress }).meta({ id: "EmailChangeInput" });

const CompleteInput = z.object({ secret: mailedSecret }).meta({ id: "EmailCompleteInput" });

/** Changing an account's email address. */
export const email = contract("Changing an account's email address, confirmed by mail.", {
  change: {
    kind: "mutation",
    access: "session",
    recent: true,
    summary: "Request a different email address",
    description:
      "Mails a link to the new address that works once, within 30 minutes. Until it is used, nothing " +
      "changes. The link becomes invalid if the password changes, or if the session that asked for it ends, " +
      "including by signing out.",
    input: ChangeInput,
    output: z.void(),
    raises: [
      ...userErrors,
      accessErrors.REAUTHENTICATION_REQUIRED,
      accountErrors.EMAIL_TAKEN,
      accountErrors.TOO_MANY_REQUESTS,
    ],
    audit: "email.change",
    rest: { method: "POST", path: "/api/v1/email/change" },
    example: { input: { newEmail: "new@example.com" }, output: undefined },
  },
  complete: {
    kind: "mutation",
    access: "public",
    summary: "Confirm the new address with a mailed secret",
    description:
      "The secret is the part of the link after `#secret=`. Works only in a session of the account (a token " +
      "or cookie), or with a `Latchkey-Device` from which the account was registered or signed in to. A " +
      "username that was the old address becomes the new one. The old address is notified. Sessions stay " +
      "active.",
    input: CompleteInput,
    output: z.void(),
    raises: [
      mailErrors.LINK_INVALID,
      mailErrors.LINK_OPENED_ELSEWHERE,
      accountErrors.EMAIL_TAKEN,
      accountErrors.RATE_LIMITED,
    ],
    audit: "email.complete",
    rest: { method: "POST", path: "/api/v1/email/complete" },
    example: { input: { secret: "bW9ja2VkLXNlY3JldC1vZi1mb3J0eS10aHJlZS1jaGFycw" }, output: undefined },
  },
});
