import type { Command } from "commander";
import type { SettingGroups } from "../settings/read.js";
import { withoutCredentials } from "../settings/setting.js";
import { declaredSettings, type ServerSettings } from "../wiring/settings.js";
import type { Shell } from "./shell.js";

export function addConfigCommands(program: Command, shell: Shell): void {
  const config = program.command("config").description("Checks the settings.");

  config
    .command("check")
    .description(
      "Reads the settings as the server would and reports every error. It opens and changes nothing.",
    )
    .action(() => {
      const { environment, warnings } = shell.readSettings();
      shell.tell({
        json: { usable: true, warnings, settings: listSettings(declaredSettings, environment) },
        text: ["The settings are valid.", ...warnings].join("\n"),
      });
    });
}

/** Settings as an operator would write them. Secrets are `null`, whether set or not. */
function listSettings(declared: SettingGroups, environment: ServerSettings["environment"]) {
  return Object.values(declared).flatMap((group) =>
    Object.values(group).map(({ name, fallback, secret }) => {
      const text = environment[name] ?? fallback;
      const value = secret || text === undefined ? null : withoutCredentials(text);
      return { name, value, set: environment[name] !== undefined };
    }),
  );
}
