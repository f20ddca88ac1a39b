import { loadServerSettings, type ServerSettings } from "../wiring/settings.js";
import { confirm } from "./confirm.js";
import type { Answer } from "./output.js";
import { readFirstLine, readNewPassword } from "./password.js";
import { type Progress, silentProgress, startProgress } from "./progress.js";
import { type Services, withServices } from "./services.js";
import type { Surroundings } from "./surroundings.js";

/** What commands work with. */
export interface Shell extends Pick<Surroundings, "interruptible"> {
  /** Prints what the command found or did. */
  tell(answer: Answer): void;
  /** Runs the command with the services and prints the result. */
  tellFrom(use: (services: Services) => Promise<Answer>): Promise<void>;
  /** Reads the settings as the server does. */
  readSettings(): ServerSettings;
  /**
   * Reads the settings, opens the features beside a server that may be running, and closes them in any case.
   */
  withServices<T>(use: (services: Services) => Promise<T>): Promise<T>;
  /** Shows on standard error how far a task is, such as "Importing" so many "rows"; for people only. */
  startProgress(doing: string, unit: string): Progress;
  /**
   * A password to be set: asked for twice on a terminal, otherwise read from the first line of standard
   * input.
   */
  readNewPassword(): Promise<string>;
  /** The first line of standard input. */
  readLine(): Promise<string>;
  /** A sentence on standard error while the command is at work; for people only. */
  say(sentence: string): void;
  /** Asks for a yes on the terminal; throws if there is no terminal or the answer is different. */
  confirm(question: string): Promise<void>;
}

/** How a command's result is printed. */
export interface Telling {
  /** As JSON, for programs. */
  readonly json: boolean;
  tell(answer: Answer): void;
}

/** Opens what commands work with. */
export function createShell(surroundings: Surroundings, { json, tell }: Telling): Shell {
  const { stderr, environment, interruptible } = surroundings;
  const readSettings = () => loadServerSettings(environment);
  const say = (sentence: string) => {
    if (!json) stderr.write(`${sentence}\n`);
  };
  const open = <T>(use: (services: Services) => Promise<T>) =>
    withServices(readSettings(), use, { onMoved: (sentence) => say(`latchkey: ${sentence}`) });
  return {
    interruptible,
    tell,
    readSettings,
    tellFrom: async (use) => tell(await open(use)),
    withServices: async (use) => open(use),
    startProgress: (doing, unit) => (json ? silentProgress : startProgress({ doing, unit, stream: stderr })),
    readNewPassword: async () => readNewPassword(surroundings, readSettings().settings.credentials.minLength),
    readLine: () => readFirstLine(surroundings),
    say,
    confirm: (question) => confirm(surroundings, question),
  };
}
