import { renewRemainingKeys } from "../features/accounts/index.js";
import { type Answer, table } from "./output.js";
import { recordAct, type Services } from "./services.js";

/** Lists accounts that share a name, after renewing the keys of those that no longer do. */
export async function listDuplicates(services: Services): Promise<Answer> {
  const { renewed, conflicts } = await renewRemainingKeys(services.host);
  if (renewed > 0) await recordAct(services, { action: "users.renew_keys", details: { count: renewed } });
  const rows = conflicts.map(({ uuid, holder }) => [uuid, holder]);
  const lines = [
    renewed === 0 ? [] : [`Renewed the keys of ${renewed} account${renewed === 1 ? "" : "s"}.`],
    rows.length === 0
      ? ["Every name belongs to one account."]
      : [table(["ACCOUNT", "HAS THE NAME OF"], rows)],
  ];
  return { json: { renewed, conflicts }, text: lines.flat().join("\n") };
}
