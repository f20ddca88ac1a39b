import type { IncomingHttpHeaders } from "node:http";
import type { Language } from "@latchkey/contracts/kit/language";

const MAX_USER_AGENT = 512;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be dropped.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/g;
const DEVICE = /^[\x20-\x7e]{16,128}$/;

/** What the client's program calls itself, fit to be kept and shown; `undefined` where it says nothing. */
export function userAgentOf({ "user-agent": given }: IncomingHttpHeaders): string | undefined {
  return given?.replace(CONTROL_CHARACTERS, "").trim().slice(0, MAX_USER_AGENT) || undefined;
}

/** The id of the client's device, if it is one. */
export function deviceOf({ "latchkey-device": given }: IncomingHttpHeaders): string | undefined {
  return typeof given === "string" && DEVICE.test(given) ? given : undefined;
}

const LANGUAGE_OF: ReadonlyMap<string, Language> = new Map([
  ["zh", "zh-CN"],
  ["en", "en"],
  ["*", "en"],
]);

/** Of the languages that there are, the one that `Accept-Language` likes best (RFC 9110 12.5.4); else English. */
export function languageOf(accepted = ""): Language {
  let best: Language = "en";
  let bestQuality = 0;
  for (const entry of accepted.toLowerCase().split(",")) {
    const [range = "", ...parameters] = entry.split(";").map((part) => part.trim());
    const language = LANGUAGE_OF.get(range.split("-", 1)[0] ?? "");
    const quality = Number(parameters.find((each) => each.startsWith("q="))?.slice(2) ?? 1);
    // Of those that are liked alike the first one counts: so browsers list them.
    if (language === undefined || !(quality > bestQuality)) continue;
    best = language;
    bestQuality = quality;
  }
  return best;
}
