import { letterKind } from "./letter.js";

/** The letter that `latchkey mail test` sends. */
export const testLetter = letterKind<{ readonly at: string }>("test", {
  en: ({ at }, appName) => ({
    subject: `Test mail from ${appName}`,
    paragraphs: [`${appName} can send mail. Its operator sent this test at ${at}.`],
  }),
  "zh-CN": ({ at }, appName) => ({
    subject: `${appName} 的测试邮件`,
    paragraphs: [`${appName} 可以发送邮件。这封邮件由运营者于 ${at} 发出。`],
  }),
});
