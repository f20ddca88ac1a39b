import type { Clock } from "../../world/clock.js";
import type { Events } from "../events/service.js";
import { addressedTo, type Letters, letterKind, type Mail, minuteOf } from "../mail/service.js";
import { passwordChanged } from "./events.js";

/** What an owner should do if others may know the password. */
export const NOT_YOU = {
  en:
    "If this was not you, someone else knows your password or can read your mail. Set a new password now; " +
    "this ends all sessions.",
  "zh-CN":
    "如果这不是您本人的操作，说明有人知道您的密码或能看到您的邮件：请立即设置新密码，所有会话将随之结束。",
} as const;

export const passwordChangedLetter = letterKind<{ readonly at: string }>("passwordChanged", {
  en: ({ at }, appName) => ({
    subject: `Your password for ${appName} was changed`,
    paragraphs: [`The password of your account at ${appName} was changed at ${at}.`, NOT_YOU.en],
  }),
  "zh-CN": ({ at }, appName) => ({
    subject: `您的 ${appName} 密码已更改`,
    paragraphs: [`您的 ${appName} 账户的密码已于 ${at} 更改。`, NOT_YOU["zh-CN"]],
  }),
});

/** Tells the owner of an account that its password was changed. Returns the letters that it uses. */
export function notifyOfPasswordChange(events: Events, mail: Pick<Mail, "notice">, clock: Clock): Letters {
  events.on(passwordChanged, ({ account }, { language }) =>
    mail.notice(passwordChangedLetter, {
      ...addressedTo(account, language),
      values: { at: minuteOf(clock.nowMs()) },
    }),
  );
  return { letters: [passwordChangedLetter] };
}
