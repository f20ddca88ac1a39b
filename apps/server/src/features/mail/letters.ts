import { letterKind } from "./letter.js";

/** What `latchkey mail test` sends. */
export const testLetter = letterKind<{ readonly at: string }>("test", {
  en: ({ at }, appName) => ({
    subject: `A test mail of ${appName}`,
    paragraphs: [`${appName} can send mail. This one was sent at ${at} by its operator.`],
  }),
  "zh-CN": ({ at }, appName) => ({
    subject: `${appName} 的测试邮件`,
    paragraphs: [`${appName} 可以发送邮件。这封邮件由运营者于 ${at} 发出。`],
  }),
});
