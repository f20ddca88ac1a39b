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
        "If you did not create this account, you do not need to do anything. If you want to keep it, open the " +
          "link: it will ask you to set a new password, which locks out the person who created the account.",
      ],
    }),
    "zh-CN": ({ link, hours }, appName) => ({
      subject: `请确认您的 ${appName} 邮箱`,
      paragraphs: [`有人用此邮箱在 ${appName} 注册了账户。`, `请在 ${hours} 小时内确认该邮箱属于您。`],
      action: { label: "确认邮箱", link },
      notes: [
        "如果您没有注册此账户，则无需任何操作。如果您想使用它，请打开链接：系统会要求您设置新密码，" +
          "此后注册者将无法再使用此账户。",
      ],
    }),
  },
);
