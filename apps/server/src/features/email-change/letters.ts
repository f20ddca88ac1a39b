import type { Clock } from "../../world/clock.js";
import { addressChanged } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import { addressedTo, letterKind, type Mail, minuteOf } from "../mail/service.js";

/** Mailed to a new address: a link that makes it the account's address. */
export const confirmNewAddressLetter = letterKind<{ readonly link: string; readonly minutes: string }>(
  "confirmNewAddress",
  {
    en: ({ link, minutes }, appName) => ({
      subject: `Confirm your new address for ${appName}`,
      paragraphs: [
        `Someone, probably you, asked to use this address for an account at ${appName}.`,
        `Please confirm within ${minutes} minutes that it is yours. Until then, nothing changes.`,
      ],
      action: { label: "Confirm the new address", link },
      notes: ["If you did not ask for this, you do not need to do anything."],
    }),
    "zh-CN": ({ link, minutes }, appName) => ({
      subject: `请确认您的 ${appName} 新邮箱`,
      paragraphs: [
        `此邮箱将成为一个 ${appName} 账户的邮箱。`,
        `请在 ${minutes} 分钟内确认该邮箱属于您。在此之前不会有任何改变。`,
      ],
      action: { label: "确认新邮箱", link },
      notes: ["如果您没有提出请求，则无需任何操作。"],
    }),
  },
);

/** Mailed to the old address. */
export const addressChangedLetter = letterKind<{ readonly newAddress: string; readonly at: string }>(
  "addressChanged",
  {
    en: ({ newAddress, at }, appName) => ({
      subject: `The address of your account at ${appName} was changed`,
      paragraphs: [
        `The address of your account at ${appName} was changed to ${newAddress} at ${at}. You can no longer ` +
          "sign in with the old address.",
        "If this was not you, contact the operators of the service immediately: a link to set a new " +
          "password would go to the new address.",
      ],
    }),
    "zh-CN": ({ newAddress, at }, appName) => ({
      subject: `您的 ${appName} 账户邮箱已更改`,
      paragraphs: [
        `您的 ${appName} 账户的邮箱已于 ${at} 更改为 ${newAddress}。原邮箱不能再用于登录。`,
        "如果这不是您本人的操作，请立即联系服务的运营者：重设密码的链接会发送到新邮箱。",
      ],
    }),
  },
);

/** Tells the old address of the new one, whatever the settings say about notices. */
export function notifyOfAddressChange(events: Events, mail: Pick<Mail, "letter">, clock: Clock): void {
  events.on(addressChanged, ({ before, after }, { language }) =>
    mail.letter(addressChangedLetter, {
      ...addressedTo(before, language),
      values: { newAddress: masked(after.email), at: minuteOf(clock.nowMs()) },
    }),
  );
}

/** `n…@example.com`: readers of the old mailbox need not learn the new address, only recognise their own. */
function masked(email: string): string {
  const at = email.lastIndexOf("@");
  return `${[...email.slice(0, at)][0] ?? ""}…${email.slice(at)}`;
}
