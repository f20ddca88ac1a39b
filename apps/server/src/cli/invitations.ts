import { registrationErrors } from "@latchkey/contracts/errors/registration";
import { emailAddress } from "@latchkey/contracts/fields/text";
import { type Command, Option } from "commander";
import { z } from "zod";
import { AppError } from "../error.js";
import type { Invitation } from "../features/invitations/service.js";
import { parseInput } from "./input.js";
import { type Answer, printable, table } from "./output.js";
import { operatorCause, type Services } from "./services.js";
import type { Shell } from "./shell.js";

interface InviteOptions {
  readonly admin?: true;
  readonly language?: "en" | "zh-CN";
}

const MOST_LISTED = 1000;

/** Adds the commands for invitations to `users`. */
export function addInvitationCommands(users: Command, shell: Shell): void {
  users
    .command("invite")
    .description(
      "Mails an invitation: a link for choosing a name and a password and creating an account. Inviting an " +
        "address again mails a new link, and the earlier one becomes invalid.",
    )
    .argument("<address>", "The email address.")
    .option("--admin", "Makes the account an administrator.")
    .addOption(
      new Option("--language <language>", "The language of the mail and the account.").choices([
        "en",
        "zh-CN",
      ]),
    )
    .action((address: string, options: InviteOptions) =>
      shell.tellFrom((services) => invite(services, address, options)),
    );

  users
    .command("invitations")
    .description("Lists the invitations that are open, newest first.")
    .action(() => shell.tellFrom(list));

  users
    .command("withdraw")
    .description("Withdraws an invitation: its link stops working immediately.")
    .argument("<address>", "The email address that was invited.")
    .action((address: string) => shell.tellFrom((services) => withdraw(services, address)));
}

async function invite({ invitations }: Services, address: string, options: InviteOptions): Promise<Answer> {
  const role = options.admin ? ("admin" as const) : ("user" as const);
  const cause = operatorCause({ action: "admin.invitations.create", details: { role } });
  const asked = { email: addressOf(address), role, language: options.language };
  const invitation = await invitations.invite(asked, undefined, cause);
  const { email, expiresAtMs } = invitation;
  const text = `Invited ${printable(email)} with the role ${role}; the link works until ${isoTime(expiresAtMs)}.`;
  return { json: { invitation: invitationJson(invitation) }, text };
}

async function list({ invitations }: Services): Promise<Answer> {
  const found = await invitations.list({ limit: MOST_LISTED });
  const json = { invitations: found.map(invitationJson) };
  if (found.length === 0) return { json, text: "There are no open invitations." };
  const rows = found.map(({ email, role, invitedBy, createdAtMs, expiresAtMs }) => [
    email,
    role,
    invitedBy ?? "the operator",
    isoTime(createdAtMs),
    isoTime(expiresAtMs),
  ]);
  return { json, text: table(["EMAIL", "ROLE", "INVITED BY", "CREATED", "EXPIRES"], rows) };
}

async function withdraw({ invitations }: Services, address: string): Promise<Answer> {
  const invitation = await invitations.find(addressOf(address));
  if (invitation === undefined) throw new AppError(registrationErrors.INVITATION_NOT_FOUND);
  const { uuid, email } = invitation;
  await invitations.withdraw(uuid, operatorCause({ action: "admin.invitations.withdraw", subject: uuid }));
  const text = `Withdrew the invitation of ${printable(email)}.`;
  return { json: { invitation: invitationJson(invitation) }, text };
}

function addressOf(address: string): string {
  const naming = { name: () => "The address", exitCode: 2 } as const;
  return parseInput(z.object({ email: emailAddress }), { email: address }, naming).email;
}

function invitationJson({ uuid: id, email, role, language, invitedBy, ...at }: Invitation) {
  const times = { createdAt: isoTime(at.createdAtMs), expiresAt: isoTime(at.expiresAtMs) };
  return { id, email, role, language, invitedBy, ...times };
}

const isoTime = (ms: number) => new Date(ms).toISOString();
