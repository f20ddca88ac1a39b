import type { Wordings } from "./letter.js";

const NOT_YOU_PASSWORD =
  "If this was not you, somebody else knows your password or can read your mail: set a new password now, which ends all sessions.";

/** The letters in English. */
export const englishLetters: Wordings = {
  passwordRecovery: ({ link, minutes }, appName) => ({
    subject: `Set a new password for ${appName}`,
    paragraphs: [
      `Somebody, probably you, has asked for a new password for your account at ${appName}.`,
      `The link below can be used once, within ${minutes} minutes. It ends all sessions of the account.`,
    ],
    action: { label: "Set a new password", link },
    notes: ["If you have not asked for it, you need not do anything: your password stays as it is."],
  }),

  verifyAddress: ({ link, hours }, appName) => ({
    subject: `Confirm your address for ${appName}`,
    paragraphs: [
      `An account at ${appName} was made with this address.`,
      `Confirm within ${hours} hours that it is yours.`,
    ],
    action: { label: "Confirm the address", link },
    notes: ["If you have not made an account, you need not do anything."],
  }),

  confirmNewAddress: ({ link, minutes }, appName) => ({
    subject: `Confirm your new address for ${appName}`,
    paragraphs: [
      `This address is to become the address of an account at ${appName}.`,
      `Confirm within ${minutes} minutes that it is yours. Until then nothing changes.`,
    ],
    action: { label: "Confirm the new address", link },
    notes: ["If you have not asked for it, you need not do anything."],
  }),

  addressChanged: ({ newAddress, at }, appName) => ({
    subject: `The address of your account at ${appName} was changed`,
    paragraphs: [
      `At ${at} the address of your account at ${appName} was changed to ${newAddress}. This one no longer serves to sign in.`,
      "If this was not you, ask the people who run the service for help at once: the link to set a new password would go to the new address.",
    ],
  }),

  passwordChanged: ({ at }, appName) => ({
    subject: `Your password for ${appName} was changed`,
    paragraphs: [`At ${at} the password of your account at ${appName} was changed.`, NOT_YOU_PASSWORD],
  }),

  newDevice: ({ at, device, address }, appName) => ({
    subject: `A new device signed in to ${appName}`,
    paragraphs: [
      `Somebody has signed in to your account at ${appName} from a device that was not used before.`,
      `When: ${at}\nDevice: ${device}\nNetwork address: ${address}`,
      "If this was you, you need not do anything.",
      NOT_YOU_PASSWORD,
    ],
  }),

  theftNoticed: ({ at, device }, appName) => ({
    subject: `A session at ${appName} was ended to protect you`,
    paragraphs: [
      `At ${at} a token of your account at ${appName} was used a second time, as happens when it was copied. The session that it belonged to was ended.`,
      `Device of the session: ${device}`,
      "Sign in again where you were signed out. If it happens again, look for unwanted software on that device and set a new password.",
    ],
  }),

  test: ({ at }, appName) => ({
    subject: `A test mail of ${appName}`,
    paragraphs: [`${appName} can send mail. This one was sent at ${at} by its operator.`],
  }),
};
