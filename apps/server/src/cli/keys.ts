import type { Command } from "commander";
import { CommandError } from "./failure.js";
import { table } from "./output.js";
import { recordAct, type Services, withServices } from "./services.js";
import type { Shell } from "./shell.js";

export function addKeyCommands(program: Command, shell: Shell): void {
  const keys = program
    .command("keys")
    .description("Lists and rotates the keys that sign tokens, and renews the seals of stored secrets.");

  keys
    .command("list")
    .description("Lists the keys, newest first. Private keys are never shown.")
    .action(() => shell.tellFrom(listKeys));

  keys
    .command("rotate")
    .description(
      "Creates a new key that signs from now on. Older keys remain valid for verification, so no user is " +
        "signed out.",
    )
    .action(async () => {
      const server = shell.readSettings();
      if (server.settings.signingKeys.secret !== undefined) {
        throw new CommandError(
          "ROTATION_IMPOSSIBLE",
          "JWT_SECRET is set and signs all tokens: rotation is for ES256 keys.",
        );
      }
      const kid = await withServices(server, async (services) => {
        const made = await services.signingKeys.rotate();
        await recordAct(services, { action: "keys.rotate" });
        return made;
      });
      shell.tell({
        json: { kid },
        text: `The new key is ${kid}. A running server signs with it within 30 seconds; older tokens stay valid.`,
      });
    });

  keys
    .command("reseal")
    .description(
      "Seals all stored secrets, such as those of authenticator apps, under the first key of SEAL_KEY: after a new key " +
        "was put in front of the older one, which can be removed afterwards, or after the first one was set.",
    )
    .action(async () => {
      const { resealed, unreadable } = await withServices(shell.readSettings(), async (services) => {
        if (!services.host.seal.hasKey) {
          throw new CommandError(
            "SEAL_KEY_MISSING",
            "There is no key to seal with: set SEAL_KEY or SEAL_KEY_FILE.",
          );
        }
        const done = await services.totp.reseal();
        await recordAct(services, { action: "keys.reseal", details: { count: done.resealed } });
        return done;
      });
      if (unreadable > 0) {
        throw new CommandError(
          "SECRETS_UNREADABLE",
          `Sealed ${resealed}, but ${unreadable} cannot be opened by any key of SEAL_KEY: add the key that sealed them, ` +
            "and repeat this.",
        );
      }
      shell.tell({
        json: { resealed },
        text: `Sealed ${resealed} under the first key. Older keys are no longer needed.`,
      });
    });
}

async function listKeys({ signingKeys: keys }: Services) {
  const current = await keys.current();
  const stored = (await keys.publicSet()).keys.map(({ kid = "" }) => ({
    kid,
    algorithm: "ES256",
    signs: kid === current.kid,
  }));
  const shared = { kid: null, algorithm: current.algorithm, signs: true };
  const listed = current.kid === undefined ? [shared, ...stored] : stored;
  const rows = listed.map(({ kid, algorithm, signs }) => [
    kid ?? "(JWT_SECRET)",
    algorithm,
    signs ? "yes" : "no",
  ]);
  return { json: { keys: listed }, text: table(["KID", "ALGORITHM", "SIGNS"], rows) };
}
