import type { Events } from "../events/service.js";
import { addressedTo, type Letters, letterKind, type Mail, minuteOf } from "../mail/service.js";
import { postcardWritten } from "./events.js";

const postcardLetter = letterKind<{ readonly text: string; readonly at: string }>("postcardWritten", {
  en: ({ text, at }, appName) => ({
    subject: `Your postcard at ${appName}`,
    paragraphs: [`You wrote this postcard at ${at}:`, text],
  }),
  "zh-CN": ({ text, at }, appName) => ({
    subject: `您在 ${appName} 的明信片`,
    paragraphs: [`您于 ${at} 写下了这张明信片：`, text],
  }),
});

/** Mails every postcard to its owner. Returns the letters that it uses. */
export function mailPostcards(events: Pick<Events, "on">, mail: Pick<Mail, "letter">): Letters {
  events.on(postcardWritten, ({ account, postcard: { text, writtenAtMs } }, { language }) =>
    mail.letter(postcardLetter, {
      ...addressedTo(account, language),
      values: { text, at: minuteOf(writtenAtMs) },
    }),
  );
  return { letters: [postcardLetter] };
}
