import { z } from "zod";
import { accessErrors, accountErrors, userErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { emailAddress, mailedSecret } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const ChangeInput = z.object({ newEmail: emailAddress }).meta({ id: "EmailChangeInput" });

const CompleteInput = z.object({ secret: mailedSecret }).meta({ id: "EmailCompleteInput" });

/** Another address for an account. */
export const email = contract({
  change: {
    kind: "mutation",
    access: "account",
    recent: true,
    summary: "Ask for another address",
    description:
      "Mails a link to the new address, to be used once within 30 minutes. Until then nothing changes. A change of the " +
      "password ends the link, and so does ending a session in another way than by signing out.",
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
    summary: "Take the new address with a mailed secret",
    description:
      "The secret stands in the link, behind `#secret=`. A username that was the old address becomes the new one. The old " +
      "address is told. Sessions go on.",
    input: CompleteInput,
    output: z.void(),
    raises: [mailErrors.LINK_INVALID, accountErrors.EMAIL_TAKEN, accountErrors.RATE_LIMITED],
    audit: "email.complete",
    rest: { method: "POST", path: "/api/v1/email/complete" },
    example: { input: { secret: "bW9ja2VkLXNlY3JldC1vZi1mb3J0eS10aHJlZS1jaGFycw" }, output: undefined },
  },
});
