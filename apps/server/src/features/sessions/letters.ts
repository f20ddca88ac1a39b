import type { Clock } from "../../world/clock.js";
import type { Events } from "../events/service.js";
import { addressedTo, type Letters, letterKind, type Mail, minuteOf } from "../mail/service.js";
import { nameDevice } from "./describe.js";
import { sessionsEnded } from "./session-events.js";

export const theftNoticedLetter = letterKind<{ readonly at: string; readonly device: string }>(
  "theftNoticed",
  {
    en: ({ at, device }, appName) => ({
      subject: `A session at ${appName} was ended to protect you`,
      paragraphs: [
        `At ${at}, a token of your account at ${appName} was used a second time, which usually means that ` +
          "it was copied. We ended the session that it belonged to.",
        `Device of the session: ${device}`,
        "If you were signed out, sign in again. If it happens again, check that device for malware and set " +
          "a new password.",
      ],
    }),
    "zh-CN": ({ at, device }, appName) => ({
      subject: `为保护您的账户，${appName} 已结束一个会话`,
      paragraphs: [
        `${at}，您的 ${appName} 账户的一个令牌被第二次使用，这通常意味着它被复制过。该令牌所属的会话已被结束。`,
        `该会话的设备：${device}`,
        "如果您已被登出，请重新登录。如果再次发生，请检查该设备上是否有恶意软件，并设置新密码。",
      ],
    }),
  },
);

/** Tells the owner of an account that a session was considered stolen. Returns the letters that it uses. */
export function notifyOfTheft(events: Events, mail: Pick<Mail, "notice">, clock: Clock): Letters {
  events.on(sessionsEnded, ({ reason, account, sessions: [session] }) => {
    if (reason !== "stolen" || account === undefined) return undefined;
    return mail.notice(theftNoticedLetter, {
      // The request may be the thief's: its language says nothing about the owner.
      ...addressedTo(account, "en"),
      values: { at: minuteOf(clock.nowMs()), device: nameDevice(session?.userAgent) },
    });
  });
  return { letters: [theftNoticedLetter] };
}
