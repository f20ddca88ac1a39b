import { letterKind } from "../mail/service.js";

/** A link that confirms that the address belongs to the account's owner. */
export const verifyAddressLetter = letterKind<{ readonly link: string; readonly hours: string }>(
  "verifyAddress",
  {
    en: ({ link, hours }, appName) => ({
      subject: `Confirm your address for ${appName}`,
      paragraphs: [
        `An account at ${appName} was created with this address.`,
        `Please confirm within ${hours} hours that it is yours.`,
      ],
      action: { label: "Confirm the address", link },
      notes: [
        "If you did not create this account, do not confirm it unless you want it: on any other device than " +
          "the one that registered, the link asks for a new password, which locks out the person who did. " +
          "Otherwise you do not need to do anything.",
      ],
    }),
    "zh-CN": ({ link, hours }, appName) => ({
      subject: `请确认您的 ${appName} 邮箱`,
      paragraphs: [`有人用此邮箱在 ${appName} 注册了账户。`, `请在 ${hours} 小时内确认该邮箱属于您。`],
      action: { label: "确认邮箱", link },
      notes: [
        "如果您没有注册此账户，请不要确认，除非您想使用它：在注册时所用设备以外的设备上，该链接会要求设置新密码，" +
          "从而使注册者无法再使用此账户。否则您无需任何操作。",
      ],
    }),
  },
);
