import { z } from "zod";
import { adminErrors } from "../errors/account.js";
import { contract } from "../kit/procedure.js";

const MAX_PAGE = 200;
const WHO = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|operator|anonymous)$/;

const who = z.string().check((context) => {
  if (WHO.test(context.value)) return;
  const message = "must be an account's id, `operator` or `anonymous`";
  context.issues.push({ code: "custom", message, input: context.value });
});
const name = z.string().max(100);
const time = z.iso.datetime({ offset: true });

const AuditListInput = z
  .object({
    actor: who
      .optional()
      .meta({ description: "Only what this actor did: an account's id, `operator` or `anonymous`." }),
    subject: z.uuid().optional().meta({ description: "Only what was done to this account." }),
    action: name.optional().meta({
      description: "Only this action or, if it ends with a dot, every action that begins with it: `auth.`.",
    }),
    outcome: name
      .optional()
      .meta({ description: "Only this outcome: `ok`, an error's code, or `failed` for all errors." }),
    from: time.optional().meta({ description: "Only entries from this time on." }),
    to: time.optional().meta({ description: "Only entries before this time." }),
    before: z
      .int()
      .min(1)
      .optional()
      .meta({ description: "Only entries older than this one: a page's `next`." }),
    limit: z.int().min(1).max(MAX_PAGE).default(50).meta({ description: "At most this many entries." }),
  })
  .meta({ id: "AuditListInput" });

const AuditDetail = z
  .object({
    name: z.string().meta({
      description:
        "`count`: how many rows, accounts or sessions were affected. `fields`: which fields were changed. " +
        "`reason`: the cause of the outcome, such as `stolen`. `repeated`: how many more events of the " +
        "same kind have no entry of their own. `role`: the role that was given. `session`: a session's id.",
    }),
    value: z.string(),
  })
  .meta({ id: "AuditDetail" });

const AuditEntry = z
  .object({
    number: z.int().meta({ description: "Its position in the chain. Numbers increase by one." }),
    at: z.string().meta({ description: "When it was recorded.", format: "date-time" }),
    action: z.string().meta({ description: "What was done: a permanent name such as `auth.login`." }),
    outcome: z.string().meta({ description: "`ok`, or the code of the error returned to the caller." }),
    actor: z.string().meta({ description: "Who did it: an account's id, `operator` or `anonymous`." }),
    subject: z
      .string()
      .nullable()
      .meta({ description: "The account it was done to: its id, even if the account has been deleted." }),
    address: z.string().nullable().meta({ description: "The network address it came from." }),
    userAgent: z.string().nullable().meta({ description: "The client's user agent." }),
    requestId: z.string().nullable().meta({ description: "The request's `X-Request-Id`." }),
    details: z.array(AuditDetail).meta({ description: "What else is known." }),
    hash: z.string().meta({ description: "Links the entry to the previous one: SHA-256 in hex." }),
  })
  .meta({ id: "AuditEntry" });

const AuditPage = z
  .object({
    entries: z.array(AuditEntry),
    next: z.int().nullable().meta({ description: "Where the next page begins; `null` on the last page." }),
  })
  .meta({ id: "AuditPage" });

/** The audit log, for administrators. */
export const adminAudit = contract("The audit log, for administrators: who did what to whom.", {
  list: {
    kind: "query",
    access: "audit:read",
    summary: "Read the audit log",
    description:
      "Newest entries first. A page may be short or even empty although more entries follow, because each " +
      "page looks at a bounded number of entries. As long as `next` is not `null`, ask again with it as " +
      "`before`.",
    input: AuditListInput,
    output: AuditPage,
    raises: adminErrors,
    rest: { method: "GET", path: "/api/v1/admin/audit" },
    example: {
      input: { action: "auth.", outcome: "failed" },
      output: {
        entries: [
          {
            number: 1042,
            at: "2026-01-15T12:00:00.000Z",
            action: "auth.login",
            outcome: "INVALID_CREDENTIALS",
            actor: "anonymous",
            subject: "8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77",
            address: "192.0.2.1",
            userAgent: "Mozilla/5.0",
            requestId: "q3vYd2Hk-1x",
            details: [],
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
          },
        ],
        next: 1042,
      },
    },
  },
});
