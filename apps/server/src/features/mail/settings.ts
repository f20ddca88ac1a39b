import { oneOf, type Setting, text, wholeNumber } from "../../setting.js";
import { type MailServer, parseMailServer } from "./transport.js";

export const mailSettings = {
  server: {
    name: "MAIL_URL",
    meaning:
      "The mail server, as `smtp://user:password@host:587` or `smtps://…`. `log:`: there is none, mails are only written and kept for `latchkey mail show`.",
    fallback: "log:",
    parse: (value: string): { readonly value: MailServer | "log" } | { readonly fault: string } => {
      const server = value === "log:" ? "log" : parseMailServer(value);
      return server === undefined
        ? { fault: "must be log:, or smtp:// or smtps:// with a host and nothing behind its port" }
        : { value: server };
    },
  },
  from: {
    name: "MAIL_FROM",
    meaning: "From whom mails are: an address, or `Name <address>`. Needed with a mail server.",
    absent: "none",
    parse: (value: string) =>
      /^([^<>\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u.test(value)
        ? { value }
        : { fault: "must be an address, or `Name <address>`" },
  } satisfies Setting<string>,
  appName: {
    name: "APP_NAME",
    meaning: "What users call the service: stands in mails.",
    fallback: "Latchkey",
    parse: (value: string) =>
      /\p{Cc}/u.test(value) || value.length > 100
        ? { fault: "must have at most 100 characters, none of which breaks a line" }
        : text(value),
  },
  appUrl: {
    name: "APP_URL",
    meaning:
      "Where the frontend is: links in mails lead to `/recovery`, `/verification` and `/email` below it. Needed with a mail server.",
    absent: "`http://localhost:3000`",
    parse: (value: string) => {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      const isBase = url !== undefined && /^https?:$/.test(url.protocol) && url.search + url.hash === "";
      return isBase && url.username === ""
        ? { value: value.replace(/\/+$/, "") }
        : { fault: "must be an http:// or https:// URL without `?` and `#`" };
    },
  } satisfies Setting<string>,
  dev: {
    name: "DEV_MAIL",
    meaning:
      "`on`: the last mails can be read at `/dev/mail`, from this machine only and only with `MAIL_URL=log:`. For development.",
    fallback: "off",
    parse: oneOf("off", "on"),
  },
  retentionDays: {
    name: "MAIL_RETENTION_DAYS",
    meaning: "After how many days it is forgotten that a mail was sent, or could not be.",
    fallback: "7",
    parse: wholeNumber({ min: 1, max: 3650 }),
  },
} as const;
