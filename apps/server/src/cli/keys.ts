import type { Command } from "commander";
import { CommandError } from "./failure.js";
import { table } from "./output.js";
import { recordAct, type Services, withServices } from "./services.js";
import type { Shell } from "./shell.js";

export function addKeyCommands(program: Command, shell: Shell): void {
  const keys = program.command("keys").description("Lists and rotates the keys that sign tokens.");

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
