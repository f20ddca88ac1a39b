import { baseUrl, oneOf, positiveNumber, type Setting, text, wholeNumber } from "../../settings/setting.js";
import { type MailServer, parseMailServer } from "../outbox/service.js";

export const mailSettings = {
  server: {
    name: "MAIL_URL",
    meaning:
      "The mail server: `smtp://user:password@host:587` or `smtps://…`. With `log:` there is none, and " +
      "mails are only written and kept for `latchkey mail show`.",
    fallback: "log:",
    parse: (value: string): { readonly value: MailServer | "log" } | { readonly fault: string } => {
      const server = value === "log:" ? "log" : parseMailServer(value);
      return server === undefined
        ? { fault: "must be log:, or smtp:// or smtps:// with a host and nothing after its port" }
        : { value: server };
    },
  },
  from: {
    name: "MAIL_FROM",
    meaning: "The sender of mails: an address, or `Name <address>`. Required with a mail server.",
    absent: "none",
    parse: (value: string) =>
      /^([^<>\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u.test(value)
        ? { value }
        : { fault: "must be an address, or `Name <address>`" },
  } satisfies Setting<string>,
  appName: {
    name: "APP_NAME",
    meaning: "What users call the service; used in mails.",
    fallback: "Latchkey",
    parse: (value: string) =>
      /\p{Cc}/u.test(value) || value.length > 100
        ? { fault: "must have at most 100 characters and no line breaks" }
        : text(value),
  },
  appUrl: {
    name: "APP_URL",
    meaning:
      "The frontend's URL: links in mails lead to `/recovery`, `/verification`, `/email`, `/invitation` and " +
      "`/sign-in` below it. Required with a mail server.",
    absent: "`http://localhost:3000`",
    parse: baseUrl,
  } satisfies Setting<string>,
  dev: {
    name: "DEV_MAIL",
    meaning:
      "`on`: the latest mails can be read at `/dev/mail`, only from this machine and only with " +
      "`MAIL_URL=log:`. For development; refused with `NODE_ENV=production`.",
    fallback: "off",
    parse: oneOf("off", "on"),
  },
  perAddress: {
    name: "MAILS_PER_ADDRESS",
    meaning:
      "How many links of one kind one asker may have mailed to one address, whether or not it has an account, " +
      "within `MAIL_WINDOW_MINUTES`. Of each kind of mail, an address gets at most twice as many.",
    fallback: "5",
    parse: wholeNumber({ min: 1, max: 1_000_000_000 }),
  },
  perNetwork: {
    name: "MAILS_PER_NETWORK",
    meaning: "How many links of one kind may be requested from one network (IPv6: /64) in that time.",
    fallback: "100",
    parse: wholeNumber({ min: 1, max: 1_000_000_000 }),
  },
  windowMinutes: {
    name: "MAIL_WINDOW_MINUTES",
    meaning: "For how many minutes requested links are counted; fractions allowed.",
    fallback: "60",
    parse: positiveNumber({ max: 525_600 }),
  },
  notices: {
    name: "MAIL_NOTICES",
    meaning:
      "Whether users are notified by mail of a changed password, changed second factors, a new device and a stolen " +
      "session: `on`, `off`, or `auto`, which is `on` if `MAIL_URL` names a mail server.",
    fallback: "auto",
    parse: oneOf("auto", "on", "off"),
  },
  retentionDays: {
    name: "MAIL_RETENTION_DAYS",
    meaning: "After how many days the record of a mail that was sent, or failed, is deleted.",
    fallback: "7",
    parse: wholeNumber({ min: 1, max: 3650 }),
  },
} as const;
