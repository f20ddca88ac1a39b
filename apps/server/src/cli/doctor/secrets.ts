import type { StoredSecrets } from "../../features/factors/totp/service.js";
import { type Finding, findingsOf } from "./finding.js";

/** Whether the secrets of authenticator apps can be opened, and are sealed. */
export function secretsFinding({ count, outdated, unreadable }: StoredSecrets, hasKey: boolean): Finding {
  const { ok, warning, fault } = findingsOf("secrets");
  const of = (number: number) =>
    `${number} of ${count} ${count === 1 ? "secret" : "secrets"} of authenticator apps`;
  if (unreadable > 0) {
    return fault(
      `${of(unreadable)} cannot be opened: their owners cannot use them.`,
      "Add the key that sealed them to SEAL_KEY or SEAL_KEY_FILE.",
    );
  }
  if (count === 0) return ok("There are no secrets of authenticator apps.");
  if (!hasKey) {
    return warning(
      "The secrets of authenticator apps are not sealed: the database file gives them away.",
      "Set SEAL_KEY to a key from `openssl rand -base64 32`, and run `latchkey keys reseal`.",
    );
  }
  if (outdated > 0) {
    return warning(`${of(outdated)} are not sealed under the first key.`, "Run `latchkey keys reseal`.");
  }
  return ok("The secrets of authenticator apps are sealed.");
}
