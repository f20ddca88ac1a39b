import type { IncomingHttpHeaders } from "node:http";
import type { Language } from "@latchkey/contracts/kit/language";
import { trimBlanks } from "@latchkey/guard/credentials";

const MAX_USER_AGENT = 512;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be dropped.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/g;
const DEVICE = /^[\x20-\x7e]{16,128}$/;

/** The client's user agent, made safe to store and show; `undefined` if there is none. */
export function userAgentOf({ "user-agent": given }: IncomingHttpHeaders): string | undefined {
  return given?.replace(CONTROL_CHARACTERS, "").trim().slice(0, MAX_USER_AGENT) || undefined;
}

/** The id of the client's device, if it is valid. */
export function deviceOf({ "latchkey-device": given }: IncomingHttpHeaders): string | undefined {
  return typeof given === "string" && DEVICE.test(given) ? given : undefined;
}

const CODE = /^[\x20-\x7e]{1,64}$/;
const TRUSTED_DEVICE = /^[A-Za-z0-9_-]{43}$/;

/** The second factor that comes with a sign-in. */
export function codeOf({ "latchkey-code": given }: IncomingHttpHeaders): string | undefined {
  return typeof given === "string" && CODE.test(given) ? given : undefined;
}

/** The secret of the client's trusted device, if it is valid. */
export function trustedDeviceOf({
  "latchkey-trusted-device": given,
}: IncomingHttpHeaders): string | undefined {
  return typeof given === "string" && TRUSTED_DEVICE.test(given) ? given : undefined;
}

const LANGUAGE_OF: ReadonlyMap<string, Language> = new Map([
  ["zh", "zh-CN"],
  ["en", "en"],
  ["*", "en"],
]);

/** The supported language that `Accept-Language` prefers (RFC 9110 12.5.4); otherwise English. */
export function languageOf(accepted = ""): Language {
  let best: Language = "en";
  let bestQuality = 0;
  for (const entry of accepted.toLowerCase().split(",")) {
    const [range = "", ...parameters] = entry.split(";").map(trimBlanks);
    const language = LANGUAGE_OF.get(range.split("-", 1)[0] ?? "");
    const quality = Number(parameters.find((each) => each.startsWith("q="))?.slice(2) ?? 1);
    // Of equally preferred ones the first wins: browsers list them in that order.
    if (language === undefined || !(quality > bestQuality)) continue;
    best = language;
    bestQuality = quality;
  }
  return best;
}
