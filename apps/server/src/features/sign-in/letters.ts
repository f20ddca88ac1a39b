import type { Cause } from "../../cause.js";
import type { Clock } from "../../world/clock.js";
import type { Account } from "../accounts/service.js";
import { NOT_YOU } from "../credentials/service.js";
import type { Events } from "../events/service.js";
import { addressedTo, type Letters, letterKind, type Mail, minuteOf } from "../mail/service.js";
import { nameDevice, sessionStarted } from "../sessions/service.js";

export const newDeviceLetter = letterKind<{
  readonly at: string;
  readonly device: string;
  readonly address: string;
}>("newDevice", {
  en: ({ at, device, address }, appName) => ({
    subject: `A new device signed in to ${appName}`,
    paragraphs: [
      `Someone signed in to your account at ${appName} from a device that has not been used before.`,
      `When: ${at}\nDevice: ${device}\nNetwork address: ${address}`,
      "If this was you, you do not need to do anything.",
      NOT_YOU.en,
    ],
  }),
  "zh-CN": ({ at, device, address }, appName) => ({
    subject: `有新设备登录了 ${appName}`,
    paragraphs: [
      `有人在一台从未使用过的设备上登录了您的 ${appName} 账户。`,
      `时间：${at}\n设备：${device}\n网络地址：${address}`,
      "如果是您本人，则无需任何操作。",
      NOT_YOU["zh-CN"],
    ],
  }),
});

/** Tells owners about a sign-in from a new device and a new network. */
export interface NewDeviceNotice extends Letters {
  /** The same for a sign-in that was refused after the password: no session begins that would tell of it. */
  tellRefused(account: Account, cause: Cause): Promise<void>;
}

/** Subscribes to sessions that begin. Returns the letters that it uses. */
export function notifyOfNewDevice(
  events: Events,
  mail: Pick<Mail, "notice" | "sendNotice">,
  clock: Clock,
): NewDeviceNotice {
  const letterTo = (account: Account, { language, userAgent, address = "?" }: Cause) => ({
    ...addressedTo(account, language),
    values: { at: minuteOf(clock.nowMs()), device: nameDevice(userAgent), address },
  });
  events.on(sessionStarted, ({ account, isNewPlace }, cause) =>
    isNewPlace ? mail.notice(newDeviceLetter, letterTo(account, cause)) : undefined,
  );
  return {
    letters: [newDeviceLetter],
    tellRefused: (account, cause) => mail.sendNotice(newDeviceLetter, letterTo(account, cause)),
  };
}
