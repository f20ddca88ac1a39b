import type { Command } from "commander";
import { SettingsError } from "../../settings/read.js";
import type { ServerSettings } from "../../wiring/settings.js";
import { systemClock } from "../../world/clock.js";
import type { Answer } from "../output.js";
import type { Shell } from "../shell.js";
import { examineDatabase } from "./database.js";
import { type Finding, findingsOf } from "./finding.js";
import { examineRedis } from "./redis.js";
import { examineMail, examineNode, examineProxy } from "./surroundings.js";

const ADVICE = "Correct it in the environment or in .env.";
const SIGNS = { ok: "✓", warning: "!", fault: "✗" } as const;

export function addDoctorCommand(program: Command, shell: Shell): void {
  program
    .command("doctor")
    .description(
      "Checks settings, database, disk, clock, keys, Redis, mail and proxy, and says what to do. It " +
        "changes nothing, and exits with 1 if something is broken.",
    )
    .action(async () => shell.tell(answerOf(await examine(shell))));
}

async function examine(shell: Shell): Promise<Finding[]> {
  const { nowMs } = systemClock;
  const node = examineNode(process.version, nowMs());
  const settings = readOrExplain(shell);
  if (Array.isArray(settings)) return [node, ...settings];
  const { host, http, mail, verification } = settings.settings;
  return [
    node,
    ...examineSettings(settings),
    ...(await examineDatabase({ settings: settings.settings, nowMs: nowMs() })),
    await examineRedis(host.redisUrl, nowMs),
    await examineMail(mail, verification),
    examineProxy(http),
  ];
}

function examineSettings({ warnings }: ServerSettings): Finding[] {
  const { ok, warning } = findingsOf("settings");
  if (warnings.length === 0) return [ok("The settings are valid.")];
  return warnings.map((sentence) => warning(sentence, ADVICE));
}

function readOrExplain({ readSettings }: Shell): ServerSettings | Finding[] {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const { fault } = findingsOf("settings");
    return error.faults.map((sentence) => fault(sentence, ADVICE));
  }
}

function answerOf(findings: readonly Finding[]): Answer {
  const lines = findings.map(({ state, message, advice }) => {
    const line = `${SIGNS[state]} ${message}`;
    return advice === undefined ? line : `${line}\n    ${advice}`;
  });
  const healthy = findings.every(({ state }) => state !== "fault");
  return { json: { healthy, findings }, text: lines.join("\n"), ...(!healthy && { exitCode: 1 }) };
}
