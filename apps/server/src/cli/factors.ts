import { type Command, Option } from "commander";
import { describeFactor } from "../features/factors/service.js";
import { table } from "./output.js";
import { operatorCause } from "./services.js";
import type { Shell } from "./shell.js";
import { type Act, actOn } from "./user-acts.js";
import { fullName } from "./user-text.js";

const USER = "The account's email address, username or uuid.";
const REASONS = ["lost", "compromised", "other"] as const;

/** Adds commands for second factors to those for users. */
export function addFactorCommands(users: Command, shell: Shell): void {
  const factors = users.command("factors").description("Lists and removes an account's second factors.");

  factors
    .command("list")
    .description("Lists an account's second factors, the oldest first. Secrets are never shown.")
    .argument("<user>", USER)
    .action((name: string) => actOn(shell, name, listFactors));

  factors
    .command("reset")
    .description(
      "Removes all second factors and recovery codes of an account: for users who have lost them and have shown who " +
        "they are. They are told by mail. Sessions go on.",
    )
    .argument("<user>", USER)
    .addOption(
      new Option(
        "--reason <reason>",
        "Why, for the audit log: the owner has lost them, or someone else can use them.",
      )
        .choices(REASONS)
        .makeOptionMandatory(),
    )
    .action((name: string, { reason }: { readonly reason: string }) =>
      actOn(shell, name, resetFactors(reason)),
    );
}

const listFactors: Act = async ({ userAdministration }, account) => {
  const { factors, recoveryCodesLeft } = await userAdministration.factorsOf(account.uuid);
  const shown = factors.map(describeFactor);
  const rows = shown.map(({ id, kind, name, createdAt, lastUsedAt }) => [
    id,
    kind,
    createdAt,
    lastUsedAt ?? "-",
    name,
  ]);
  const text =
    rows.length === 0
      ? `${fullName(account)} has no second factor.`
      : `${table(["ID", "KIND", "CREATED", "LAST USED", "NAME"], rows)}\nRecovery codes left: ${recoveryCodesLeft}.`;
  return { json: { factors: shown, recoveryCodesLeft }, text };
};

function resetFactors(reason: string): Act {
  return async ({ userAdministration }, account) => {
    const cause = operatorCause({
      action: "admin.users.reset_factors",
      subject: account.uuid,
      details: { reason },
    });
    const removed = await userAdministration.resetFactors(account.uuid, cause);
    const text =
      removed === 0
        ? `${fullName(account)} has no second factor.`
        : `Removed all second factors of ${fullName(account)}: ${removed}.`;
    return { json: { removed }, text };
  };
}
