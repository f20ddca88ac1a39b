import { letterKind } from "../../mail/service.js";

/** A code and a link to sign in with, in place of the password. */
export const signInCodeLetter = letterKind<{
  readonly code: string;
  readonly link: string;
  readonly minutes: string;
}>("signInCode", {
  en: ({ code, link, minutes }, appName) => ({
    subject: `Sign in to ${appName}`,
    paragraphs: [
      `Someone, probably you, asked to sign in to your account at ${appName}. Enter this code where you began:`,
      code,
      `The code works once, within ${minutes} minutes. If you read this mail in the browser in which you began, ` +
        "you can also open the link below.",
    ],
    action: { label: "Sign in", link },
    notes: [
      "Never tell the code to anyone: nobody from the service will ask you for it. If you did not ask to sign " +
        "in, you do not need to do anything.",
    ],
  }),
  "zh-CN": ({ code, link, minutes }, appName) => ({
    subject: `登录 ${appName}`,
    paragraphs: [
      `有人（很可能是您本人）请求登录您的 ${appName} 账户。请在开始登录的页面输入以下验证码：`,
      code,
      `验证码只能使用一次，${minutes} 分钟内有效。如果您正是在开始登录的浏览器中阅读此邮件，也可以打开下面的链接。`,
    ],
    action: { label: "登录", link },
    notes: ["请勿将验证码告诉任何人：服务人员不会向您索要。如果您没有请求登录，则无需任何操作。"],
  }),
});

/** A code for the second step of a sign-in, or to confirm something in a session. */
export const factorCodeLetter = letterKind<{ readonly code: string; readonly minutes: string }>(
  "factorCode",
  {
    en: ({ code, minutes }, appName) => ({
      subject: `Your code for ${appName}`,
      paragraphs: [
        `Someone, probably you, is signing in to your account at ${appName} or confirming something there. The code is:`,
        code,
        `It works once, within ${minutes} minutes.`,
      ],
      notes: [
        "Never tell the code to anyone: nobody from the service will ask you for it.",
        "If this is not you, another person may know your password: set a new one.",
      ],
    }),
    "zh-CN": ({ code, minutes }, appName) => ({
      subject: `您的 ${appName} 验证码`,
      paragraphs: [
        `有人（很可能是您本人）正在登录您的 ${appName} 账户或确认操作。验证码为：`,
        code,
        `验证码只能使用一次，${minutes} 分钟内有效。`,
      ],
      notes: [
        "请勿将验证码告诉任何人：服务人员不会向您索要。",
        "如果这不是您本人的操作，则他人可能已知道您的密码：请设置新密码。",
      ],
    }),
  },
);
