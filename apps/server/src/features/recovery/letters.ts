import { letterKind } from "../mail/service.js";

/** A link to set a new password. */
export const passwordRecoveryLetter = letterKind<{ readonly link: string; readonly minutes: string }>(
  "passwordRecovery",
  {
    en: ({ link, minutes }, appName) => ({
      subject: `Set a new password for ${appName}`,
      paragraphs: [
        `Someone, probably you, asked to set a new password for your account at ${appName}.`,
        `The link below works once, within ${minutes} minutes. Using it ends all sessions of the account.`,
      ],
      action: { label: "Set a new password", link },
      notes: ["If you did not ask for this, you do not need to do anything: your password stays as it is."],
    }),
    "zh-CN": ({ link, minutes }, appName) => ({
      subject: `重设您的 ${appName} 密码`,
      paragraphs: [
        `有人（很可能是您本人）请求为您的 ${appName} 账户设置新密码。`,
        `下面的链接只能使用一次，${minutes} 分钟内有效。使用后，该账户的所有会话都将结束。`,
      ],
      action: { label: "设置新密码", link },
      notes: ["如果您没有提出请求，则无需任何操作，您的密码不会改变。"],
    }),
  },
);
