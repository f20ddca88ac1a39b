import type { Command } from "commander";
import { givenText, type SettingGroups } from "../settings/read.js";
import { declaredSettings } from "../wiring/settings.js";
import type { ServerSettings } from "./services.js";
import type { Shell } from "./shell.js";

export function addConfigCommands(program: Command, shell: Shell): void {
  const config = program.command("config").description("Checks the settings.");

  config
    .command("check")
    .description(
      "Reads the settings as the server would and reports every error. It opens and changes nothing.",
    )
    .action(() => {
      const { environment } = shell.readSettings();
      shell.tell({
        json: { usable: true, settings: listSettings(declaredSettings, environment) },
        text: "The settings are valid.",
      });
    });
}

/** Settings as an operator would write them. Secrets are `null`, whether set or not. */
function listSettings(declared: SettingGroups, environment: ServerSettings["environment"]) {
  return Object.values(declared).flatMap((group) =>
    Object.values(group).map((setting) => {
      const { name, fallback, secret } = setting;
      const given = givenText(setting, environment);
      const text = given ?? fallback;
      const value = secret || text === undefined ? null : withoutCredentials(text);
      return { name, value, set: given !== undefined };
    }),
  );
}

/** URLs may carry credentials before the `@` and after the `?`. */
function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^/\s]*@/g, "://***@").replace(/(:\/\/[^?\s]*)\?.*/s, "$1?***");
}
