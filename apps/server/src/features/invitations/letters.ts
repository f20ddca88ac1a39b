import { letterKind } from "../mail/service.js";

/** A link with which a person who was invited creates an account. */
export const invitationLetter = letterKind<{ readonly link: string; readonly days: string }>("invitation", {
  en: ({ link, days }, appName) => ({
    subject: `You are invited to ${appName}`,
    paragraphs: [
      `An administrator of ${appName} has invited you to create an account with this address.`,
      `The link below works once, within ${days} days. It lets you choose your name and a password.`,
    ],
    action: { label: "Create the account", link },
    notes: [
      "If you do not want an account, you do not need to do anything: without the link, none is created.",
    ],
  }),
  "zh-CN": ({ link, days }, appName) => ({
    subject: `邀请您加入 ${appName}`,
    paragraphs: [
      `${appName} 的管理员邀请您使用此邮箱创建账户。`,
      `下面的链接只能使用一次，${days} 天内有效。您可以在其中设置姓名和密码。`,
    ],
    action: { label: "创建账户", link },
    notes: ["如果您不需要账户，则无需任何操作：不使用该链接就不会创建账户。"],
  }),
});
