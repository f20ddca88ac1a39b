import { letterKind } from "../mail/service.js";

/** A link with which the password can be set. */
export const passwordRecoveryLetter = letterKind<{ readonly link: string; readonly minutes: string }>(
  "passwordRecovery",
  {
    en: ({ link, minutes }, appName) => ({
      subject: `Set a new password for ${appName}`,
      paragraphs: [
        `Somebody, probably you, has asked for a new password for your account at ${appName}.`,
        `The link below can be used once, within ${minutes} minutes. It ends all sessions of the account.`,
      ],
      action: { label: "Set a new password", link },
      notes: ["If you have not asked for it, you need not do anything: your password stays as it is."],
    }),
    "zh-CN": ({ link, minutes }, appName) => ({
      subject: `重设您的 ${appName} 密码`,
      paragraphs: [
        `有人（很可能是您本人）请求为您在 ${appName} 的账户设置新密码。`,
        `下面的链接只能使用一次，${minutes} 分钟内有效。使用后，该账户的所有会话都将结束。`,
      ],
      action: { label: "设置新密码", link },
      notes: ["如果您没有提出请求，无需任何操作：您的密码不会改变。"],
    }),
  },
);
