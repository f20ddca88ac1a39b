import { emailAddress } from "@latchkey/contracts/fields/text";
import type { Language } from "@latchkey/contracts/kit/language";
import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { CommandError } from "./failure.js";
import { parseInput } from "./input.js";
import { describeMail, listMails, mailJson } from "./mail-text.js";
import type { Services } from "./services.js";
import type { Shell } from "./shell.js";

const MAX_PAGE = 1000;
const STATES = ["asked", "waiting", "sent", "kept", "failed"] as const;
const MAIL = "The mail's id.";

interface ListOptions {
  readonly limit: number;
  readonly before?: string;
  readonly state?: (typeof STATES)[number];
}

export function addMailCommands(program: Command, { tell, withServices }: Shell): void {
  const mail = program
    .command("mail")
    .description("Shows the outbox, retries failed mails, and tests the mail server.");

  mail
    .command("list")
    .description("Lists mails, newest first, without their text.")
    .option("--limit <number>", "The maximum number of mails.", pageSize, 50)
    .option("--before <id>", "Only mails older than this one.")
    .addOption(new Option("--state <state>", "Only mails in this state.").choices(STATES))
    .action(async ({ limit, before: beforeId, state }: ListOptions) => {
      // One more than is shown, to find out whether there are more.
      const page = { limit: limit + 1, beforeId, state };
      const mails = await withServices((services) => services.mail.list(page));
      tell(listMails(mails, limit));
    });

  mail
    .command("show")
    .description(
      "Shows one mail with its text, as long as there is one: it is wiped once the mail has been sent and " +
        "once its link has expired.",
    )
    .argument("<id>", MAIL)
    .action(async (id: string) => {
      const found = await withServices((services) => services.mail.read(id));
      if (found === undefined) throw notFound();
      const { subject = null, text = null } = found.rendered ?? {};
      tell({ json: { mail: { ...mailJson(found.mail), subject, text } }, text: describeMail(found) });
    });

  mail
    .command("retry")
    .description("Retries a failed mail immediately, as long as its text has not been wiped.")
    .argument("<id>", MAIL)
    .action(async (id: string) => {
      await withServices((services) => retry(services, id));
      tell({ json: { id, retried: true }, text: "A running server retries it within seconds." });
    });

  mail
    .command("test")
    .description("Sends a test mail immediately, without the outbox, and reports the mail server's answer.")
    .argument("<address>", "The recipient.")
    .addOption(
      new Option("--language <language>", "The language of the mail.").choices(["en", "zh-CN"]).default("en"),
    )
    .action(async (address: string, { language }: { readonly language: Language }) => {
      const name = () => "The address";
      const { to } = parseInput(z.object({ to: emailAddress }), { to: address }, { name, exitCode: 2 });
      await withServices((services) => test(services, to, language));
      tell({ json: { sent: true }, text: "The mail server has accepted it." });
    });
}

async function retry({ mail }: Services, id: string): Promise<void> {
  if (await mail.retry(id)) return;
  if ((await mail.read(id)) === undefined) throw notFound();
  throw new CommandError("MAIL_NOT_RETRIABLE", "The mail has not failed, or its text has been wiped.");
}

async function test({ mail }: Services, to: string, language: Language): Promise<void> {
  const sent = await mail.test(to, language);
  if (sent === "sent") return;
  if (sent === undefined) {
    throw new CommandError("NO_MAIL_SERVER", "MAIL_URL is log: there is no mail server to send the mail to.");
  }
  const code = "refused" in sent ? sent.refused : sent.error;
  throw new CommandError("MAIL_NOT_SENT", `${CAUSES[code] ?? "The mail server refused it"} (${code}).`);
}

const CAUSES: Readonly<Record<string, string>> = {
  EAUTH: "The mail server refused the user name or the password",
  "535": "The mail server refused the user name or the password",
  ECONNECTION: "The mail server could not be reached",
  ECONNREFUSED: "The mail server could not be reached",
  ESOCKET: "The mail server could not be reached, or TLS failed",
  EDNS: "The mail server's name could not be resolved",
  ETIMEDOUT: "The mail server did not answer in time",
  ETLS: "The mail server offers no trusted TLS, and a password is never sent unencrypted",
};

const notFound = () => new CommandError("MAIL_NOT_FOUND", "This mail does not exist.");

function pageSize(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_PAGE) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_PAGE}.`);
}
