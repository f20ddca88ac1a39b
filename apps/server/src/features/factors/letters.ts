import type { Clock } from "../../world/clock.js";
import type { Account } from "../accounts/service.js";
import type { Events } from "../events/service.js";
import { addressedTo, type Letters, letterKind, type Mail, minuteOf } from "../mail/service.js";
import { factorsChanged } from "./events.js";
import { recoveryCodesRenewed, recoveryCodeUsed } from "./recovery-codes/service.js";

/** With so many codes left, or fewer, the owner is told to make new ones. */
const FEW = 3;

/** What an owner should do who has not changed the second factors. */
const NOT_YOU = {
  en:
    "If this was not you, someone else can sign in to your account. Set a new password now, which ends all " +
    "sessions, and then look at your second factors and your recovery codes.",
  "zh-CN":
    "如果这不是您本人的操作，说明有人能够登录您的账户：请立即设置新密码（所有会话将随之结束），然后检查您的第二步验证和恢复代码。",
} as const;

const KINDS = {
  totp: { en: "an authenticator app", "zh-CN": "身份验证器应用" },
  passkey: { en: "a passkey", "zh-CN": "通行密钥" },
} as const;

const kindIn = (kind: string, language: "en" | "zh-CN") =>
  (kind === "passkey" ? KINDS.passkey : KINDS.totp)[language];

export const factorAddedLetter = letterKind<{ readonly at: string; readonly kind: string }>("factorAdded", {
  en: ({ at, kind }, appName) => ({
    subject: `A second factor was added to your ${appName} account`,
    paragraphs: [
      `At ${at}, ${kindIn(kind, "en")} was added to your account at ${appName} as a second factor.`,
      NOT_YOU.en,
    ],
  }),
  "zh-CN": ({ at, kind }, appName) => ({
    subject: `您的 ${appName} 账户已添加第二步验证`,
    paragraphs: [
      `您的 ${appName} 账户已于 ${at} 添加${kindIn(kind, "zh-CN")}作为第二步验证。`,
      NOT_YOU["zh-CN"],
    ],
  }),
});

export const factorRemovedLetter = letterKind<{ readonly at: string; readonly kind: string }>(
  "factorRemoved",
  {
    en: ({ at, kind }, appName) => ({
      subject: `A second factor was removed from your ${appName} account`,
      paragraphs: [
        `At ${at}, ${kindIn(kind, "en")} was removed from the second factors of your account at ${appName}.`,
        NOT_YOU.en,
      ],
    }),
    "zh-CN": ({ at, kind }, appName) => ({
      subject: `您的 ${appName} 账户已移除一项第二步验证`,
      paragraphs: [
        `您的 ${appName} 账户已于 ${at} 移除${kindIn(kind, "zh-CN")}这一项第二步验证。`,
        NOT_YOU["zh-CN"],
      ],
    }),
  },
);

export const factorsResetLetter = letterKind<{ readonly at: string }>("factorsReset", {
  en: ({ at }, appName) => ({
    subject: `The second factors of your ${appName} account were removed`,
    paragraphs: [
      `At ${at}, an administrator removed all second factors and recovery codes of your account at ${appName}. ` +
        "Until you add one again, your password alone is enough to sign in.",
      "If you did not ask for this, tell the administrators, and set a new password.",
    ],
  }),
  "zh-CN": ({ at }, appName) => ({
    subject: `您的 ${appName} 账户的第二步验证已被移除`,
    paragraphs: [
      `管理员已于 ${at} 移除您的 ${appName} 账户的全部第二步验证和恢复代码。在您重新添加之前，仅凭密码即可登录。`,
      "如果您没有提出此请求，请联系管理员并设置新密码。",
    ],
  }),
});

export const recoveryCodeUsedLetter = letterKind<{ readonly at: string; readonly left: string }>(
  "recoveryCodeUsed",
  {
    en: ({ at, left }, appName) => ({
      subject: `A recovery code of your ${appName} account was used`,
      paragraphs: [
        `At ${at}, one of the recovery codes of your account at ${appName} was used as a second factor. ` +
          (left === "1" ? "1 code is left." : `${left} codes are left.`),
        ...(Number(left) <= FEW
          ? ["Make a new set of recovery codes soon, and keep it in a safe place."]
          : []),
        NOT_YOU.en,
      ],
    }),
    "zh-CN": ({ at, left }, appName) => ({
      subject: `您的 ${appName} 账户使用了一个恢复代码`,
      paragraphs: [
        `您的 ${appName} 账户已于 ${at} 使用一个恢复代码完成第二步验证，还剩 ${left} 个。`,
        ...(Number(left) <= FEW ? ["请尽快生成一组新的恢复代码，并妥善保管。"] : []),
        NOT_YOU["zh-CN"],
      ],
    }),
  },
);

export const recoveryCodesRenewedLetter = letterKind<{ readonly at: string }>("recoveryCodesRenewed", {
  en: ({ at }, appName) => ({
    subject: `Your ${appName} account has new recovery codes`,
    paragraphs: [
      `New recovery codes were made for your account at ${appName} at ${at}. Earlier ones no longer work.`,
      NOT_YOU.en,
    ],
  }),
  "zh-CN": ({ at }, appName) => ({
    subject: `您的 ${appName} 账户已生成新的恢复代码`,
    paragraphs: [`您的 ${appName} 账户已于 ${at} 生成新的恢复代码，之前的代码均已失效。`, NOT_YOU["zh-CN"]],
  }),
});

/** Tells owners what happens to their second factors. Returns the letters that it uses. */
export function notifyOfFactors(
  events: Pick<Events, "on">,
  mail: Pick<Mail, "notice">,
  clock: Clock,
): Letters {
  const at = () => minuteOf(clock.nowMs());
  const to = (account: Account, { language }: { readonly language: "en" | "zh-CN" }) =>
    addressedTo(account, language);

  events.on(factorsChanged, ({ account, change, factors: [first] }, cause) => {
    const addressed = to(account, cause);
    if (change === "reset") return mail.notice(factorsResetLetter, { ...addressed, values: { at: at() } });
    const kind = change === "added" ? factorAddedLetter : factorRemovedLetter;
    return mail.notice(kind, { ...addressed, values: { at: at(), kind: first?.kind ?? "totp" } });
  });
  events.on(recoveryCodeUsed, ({ account, left }, cause) =>
    mail.notice(recoveryCodeUsedLetter, { ...to(account, cause), values: { at: at(), left: String(left) } }),
  );
  events.on(recoveryCodesRenewed, ({ account }, cause) =>
    mail.notice(recoveryCodesRenewedLetter, { ...to(account, cause), values: { at: at() } }),
  );
  return {
    letters: [
      factorAddedLetter,
      factorRemovedLetter,
      factorsResetLetter,
      recoveryCodeUsedLetter,
      recoveryCodesRenewedLetter,
    ],
  };
}
