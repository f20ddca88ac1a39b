import { z } from "zod";
import { accountErrors, userErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { mailedSecret, newPassword } from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const CompleteInput = z
  .object({ secret: mailedSecret, newPassword: newPassword(6).optional() })
  .meta({ id: "VerificationCompleteInput" });

/** Proving that an account's address belongs to its owner. */
export const verification = contract("Proving by mail that an account's address belongs to its owner.", {
  request: {
    kind: "mutation",
    access: "account",
    summary: "Request a link that confirms the address",
    description:
      "Mails a link to the caller's address that works once, within 24 hours. If the address is already " +
      "confirmed, nothing is mailed.",
    input: z.void(),
    output: z.void(),
    raises: [...userErrors, accountErrors.TOO_MANY_REQUESTS],
    rest: { method: "POST", path: "/api/v1/verification/request" },
    example: { output: undefined },
  },
  complete: {
    kind: "mutation",
    access: "public",
    summary: "Confirm an address with a mailed secret",
    description:
      "The secret is the part of the link after `#secret=`. The caller need not be signed in, but without " +
      "`newPassword` the call works only in a session of the account (a token or cookie), or with a " +
      "`Latchkey-Device` from which the account was registered or signed in to; elsewhere it is refused with " +
      "`NEW_PASSWORD_REQUIRED`, and the link stays valid. With `newPassword`, all sessions of the account end.",
    input: CompleteInput,
    output: z.void(),
    raises: [
      mailErrors.LINK_INVALID,
      mailErrors.NEW_PASSWORD_REQUIRED,
      accountErrors.PASSWORD_TOO_COMMON,
      accountErrors.RATE_LIMITED,
    ],
    audit: "verification.complete",
    rest: { method: "POST", path: "/api/v1/verification/complete" },
    example: { input: { secret: "bW9ja2VkLXNlY3JldC1vZi1mb3J0eS10aHJlZS1jaGFycw" }, output: undefined },
  },
});
