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
const MAIL = "Names the mail by its id.";

interface ListOptions {
  readonly limit: number;
  readonly before?: string;
  readonly state?: (typeof STATES)[number];
}

export function addMailCommands(program: Command, { tell, withServices }: Shell): void {
  const mail = program
    .command("mail")
    .description("Shows the outbox, has failed mails tried again, and tests the mail server.");

  mail
    .command("list")
    .description("Lists mails, the last one first, without what they say.")
    .option("--limit <number>", "Lists at most so many.", pageSize, 50)
    .option("--before <id>", "Begins with the mail made before this one.")
    .addOption(new Option("--state <state>", "Lists only mails in this state.").choices(STATES))
    .action(async ({ limit, before: beforeId, state }: ListOptions) => {
      // One more than is shown tells whether there are more.
      const page = { limit: limit + 1, beforeId, state };
      const mails = await withServices((services) => services.mail.list(page));
      tell(listMails(mails, limit));
    });

  mail
    .command("show")
    .description(
      "Shows one mail with its words, while it has some: they are wiped when it was sent, and when its link is over.",
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
    .description("Has a failed mail tried again at once, as long as its words were not wiped.")
    .argument("<id>", MAIL)
    .action(async (id: string) => {
      await withServices((services) => retry(services, id));
      tell({ json: { id, retried: true }, text: "A running server tries it again within seconds." });
    });

  mail
    .command("test")
    .description("Sends a test mail at once, past the outbox, and says what the mail server said.")
    .argument("<address>", "To whom.")
    .addOption(
      new Option("--language <language>", "In which language.").choices(["en", "zh-CN"]).default("en"),
    )
    .action(async (address: string, { language }: { readonly language: Language }) => {
      const name = () => "The address";
      const { to } = parseInput(z.object({ to: emailAddress }), { to: address }, { name, exitCode: 2 });
      await withServices((services) => test(services, to, language));
      tell({ json: { sent: true }, text: "The mail server has taken it." });
    });
}

async function retry({ mail }: Services, id: string): Promise<void> {
  if (await mail.retry(id)) return;
  if ((await mail.read(id)) === undefined) throw notFound();
  throw new CommandError("MAIL_NOT_RETRIABLE", "It has not failed, or its words were wiped.");
}

async function test({ mail }: Services, to: string, language: Language): Promise<void> {
  const sent = await mail.test(to, language);
  if (sent === "sent") return;
  if (sent === undefined) {
    throw new CommandError("NO_MAIL_SERVER", "MAIL_URL is log: there is no mail server to send it to.");
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
  ETLS: "The mail server offers no TLS that can be trusted, and a password is not sent in the clear",
};

const notFound = () => new CommandError("MAIL_NOT_FOUND", "There is no such mail.");

function pageSize(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_PAGE) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_PAGE}.`);
}
