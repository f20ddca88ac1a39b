import type { Wordings } from "./letter.js";

const NOT_YOU_PASSWORD =
  "如果这不是您本人的操作，说明有人知道您的密码或能看到您的邮件：请立即设置新密码，所有会话将随之结束。";

/** The letters in Chinese. */
export const chineseLetters: Wordings = {
  passwordRecovery: ({ link, minutes }, appName) => ({
    subject: `重设您的 ${appName} 密码`,
    paragraphs: [
      `有人（很可能是您本人）请求为您的 ${appName} 账户设置新密码。`,
      `下面的链接只能使用一次，${minutes} 分钟内有效。使用后，该账户的所有会话都将结束。`,
    ],
    action: { label: "设置新密码", link },
    notes: ["如果您没有提出请求，则无需任何操作，您的密码不会改变。"],
  }),

  verifyAddress: ({ link, hours }, appName) => ({
    subject: `请确认您的 ${appName} 邮箱`,
    paragraphs: [`有人用此邮箱在 ${appName} 注册了账户。`, `请在 ${hours} 小时内确认该邮箱属于您。`],
    action: { label: "确认邮箱", link },
    notes: ["如果您没有注册账户，则无需任何操作。"],
  }),

  confirmNewAddress: ({ link, minutes }, appName) => ({
    subject: `请确认您的 ${appName} 新邮箱`,
    paragraphs: [
      `此邮箱将成为一个 ${appName} 账户的邮箱。`,
      `请在 ${minutes} 分钟内确认该邮箱属于您。在此之前不会有任何改变。`,
    ],
    action: { label: "确认新邮箱", link },
    notes: ["如果您没有提出请求，则无需任何操作。"],
  }),

  addressChanged: ({ newAddress, at }, appName) => ({
    subject: `您的 ${appName} 账户邮箱已更改`,
    paragraphs: [
      `您的 ${appName} 账户的邮箱已于 ${at} 更改为 ${newAddress}。原邮箱不能再用于登录。`,
      "如果这不是您本人的操作，请立即联系服务的运营者：重设密码的链接会发送到新邮箱。",
    ],
  }),

  passwordChanged: ({ at }, appName) => ({
    subject: `您的 ${appName} 密码已更改`,
    paragraphs: [`您的 ${appName} 账户的密码已于 ${at} 更改。`, NOT_YOU_PASSWORD],
  }),

  newDevice: ({ at, device, address }, appName) => ({
    subject: `有新设备登录了 ${appName}`,
    paragraphs: [
      `有人在一台从未使用过的设备上登录了您的 ${appName} 账户。`,
      `时间：${at}\n设备：${device}\n网络地址：${address}`,
      "如果是您本人，则无需任何操作。",
      NOT_YOU_PASSWORD,
    ],
  }),

  theftNoticed: ({ at, device }, appName) => ({
    subject: `为保护您的账户，${appName} 已结束一个会话`,
    paragraphs: [
      `${at}，您的 ${appName} 账户的一个令牌被第二次使用，这通常意味着它被复制过。该令牌所属的会话已被结束。`,
      `该会话的设备：${device}`,
      "如果您已被登出，请重新登录。如果再次发生，请检查该设备上是否有恶意软件，并设置新密码。",
    ],
  }),

  test: ({ at }, appName) => ({
    subject: `${appName} 的测试邮件`,
    paragraphs: [`${appName} 可以发送邮件。这封邮件由运营者于 ${at} 发出。`],
  }),
};
