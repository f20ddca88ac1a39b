import { z } from "zod";
import { adminErrors } from "../errors/account.js";
import { contract } from "../kit/procedure.js";

const MAX_PAGE = 200;
const state = z.enum(["asked", "waiting", "sent", "kept", "failed"]);

const MailListInput = z
  .object({
    state: state.optional().meta({ description: "Only mails in this state." }),
    before: z.uuid().optional().meta({ description: "Only mails older than this one: a page's `next`." }),
    limit: z.int().min(1).max(MAX_PAGE).default(50).meta({ description: "At most this many mails." }),
  })
  .meta({ id: "MailListInput" });

const ListedMail = z
  .object({
    id: z.uuid(),
    to: z.string().meta({ description: "The recipient's address." }),
    template: z.string().meta({ description: "What kind of mail it is, such as `passwordRecovery`." }),
    language: z.enum(["en", "zh-CN"]),
    state: state.meta({
      description:
        "`asked`: it is not yet decided whether a mail will be written. `waiting`: it will be sent. " +
        "`sent`: the mail server has accepted it. `kept`: no mail server is configured. `failed`: it will " +
        "not be retried automatically.",
    }),
    attempts: z.int().meta({ description: "How many attempts to send it have been started." }),
    lastError: z
      .string()
      .nullable()
      .meta({ description: "The class of the last failure, such as `ECONNECTION` or an SMTP code." }),
    createdAt: z.string().meta({ format: "date-time" }),
    dueAt: z
      .string()
      .nullable()
      .meta({ description: "When the next attempt is due; `null` if there is none.", format: "date-time" }),
  })
  .meta({ id: "ListedMail" });

const MailPage = z
  .object({
    mails: z.array(ListedMail),
    next: z.uuid().nullable().meta({ description: "Where the next page begins; `null` on the last page." }),
  })
  .meta({ id: "MailPage" });

/** The outbox, for administrators. */
export const adminMail = contract("The outbox, for administrators.", {
  list: {
    kind: "query",
    access: "mail:read",
    summary: "See which mails were sent and which failed",
    description: "Newest mails first, without their contents: the links in them give access to accounts.",
    input: MailListInput,
    output: MailPage,
    raises: adminErrors,
    rest: { method: "GET", path: "/api/v1/admin/mail" },
    example: {
      input: { state: "failed" },
      output: {
        mails: [
          {
            id: "019bc1a0-6c00-7a2b-8f3e-2d4c6b8a9e01",
            to: "user@example.com",
            template: "passwordRecovery",
            language: "en",
            state: "failed",
            attempts: 1,
            lastError: "550",
            createdAt: "2026-01-15T12:00:00.000Z",
            dueAt: null,
          },
        ],
        next: null,
      },
    },
  },
});
