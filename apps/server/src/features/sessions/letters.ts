import type { Clock } from "../../world/clock.js";
import type { Events } from "../events/service.js";
import { addressedTo, type Letters, letterKind, type Mail, minuteOf } from "../mail/service.js";
import { nameDevice } from "./device-name.js";
import { sessionStolen } from "./session-events.js";

export const theftNoticedLetter = letterKind<{ readonly at: string; readonly device: string }>(
  "theftNoticed",
  {
    en: ({ at, device }, appName) => ({
      subject: `A session at ${appName} was ended to protect you`,
      paragraphs: [
        `At ${at} a token of your account at ${appName} was used a second time, as happens when it was copied. The session that it belonged to was ended.`,
        `Device of the session: ${device}`,
        "Sign in again where you were signed out. If it happens again, look for unwanted software on that device and set a new password.",
      ],
    }),
    "zh-CN": ({ at, device }, appName) => ({
      subject: `为保护您，${appName} 的一个会话已被结束`,
      paragraphs: [
        `${at}，您在 ${appName} 的账户的一个令牌被第二次使用，这通常意味着它被复制过。它所属的会话已被结束。`,
        `该会话的设备：${device}`,
        "请在被登出的地方重新登录。如果再次发生，请检查该设备上是否有恶意软件，并设置新密码。",
      ],
    }),
  },
);

/** Tells the owner of an account that a session was taken for stolen. Returns the letters that it needs. */
export function notifyOfTheft(events: Events, mail: Pick<Mail, "notice">, clock: Clock): Letters {
  events.on(sessionStolen, ({ account, session }) =>
    mail.notice(theftNoticedLetter, {
      // The request may be the thief's: its language says nothing about the owner.
      ...addressedTo(account, "en"),
      values: { at: minuteOf(clock.nowMs()), device: nameDevice(session.userAgent ?? undefined) },
    }),
  );
  return { letters: [theftNoticedLetter] };
}
