import type { Wordings } from "./letter.js";

const NOT_YOU_PASSWORD =
  "If this was not you, someone else knows your password or can read your mail. Set a new password now; " +
  "this ends all sessions.";

/** The letters in English. */
export const englishLetters: Wordings = {
  passwordRecovery: ({ link, minutes }, appName) => ({
    subject: `Set a new password for ${appName}`,
    paragraphs: [
      `Someone, probably you, asked to set a new password for your account at ${appName}.`,
      `The link below works once, within ${minutes} minutes. Using it ends all sessions of the account.`,
    ],
    action: { label: "Set a new password", link },
    notes: ["If you did not ask for this, you do not need to do anything: your password stays as it is."],
  }),

  verifyAddress: ({ link, hours }, appName) => ({
    subject: `Confirm your address for ${appName}`,
    paragraphs: [
      `An account at ${appName} was created with this address.`,
      `Please confirm within ${hours} hours that it is yours.`,
    ],
    action: { label: "Confirm the address", link },
    notes: ["If you did not create an account, you do not need to do anything."],
  }),

  confirmNewAddress: ({ link, minutes }, appName) => ({
    subject: `Confirm your new address for ${appName}`,
    paragraphs: [
      `Someone, probably you, asked to use this address for an account at ${appName}.`,
      `Please confirm within ${minutes} minutes that it is yours. Until then, nothing changes.`,
    ],
    action: { label: "Confirm the new address", link },
    notes: ["If you did not ask for this, you do not need to do anything."],
  }),

  addressChanged: ({ newAddress, at }, appName) => ({
    subject: `The address of your account at ${appName} was changed`,
    paragraphs: [
      `The address of your account at ${appName} was changed to ${newAddress} at ${at}. You can no longer ` +
        "sign in with the old address.",
      "If this was not you, contact the operators of the service immediately: a link to set a new " +
        "password would go to the new address.",
    ],
  }),

  passwordChanged: ({ at }, appName) => ({
    subject: `Your password for ${appName} was changed`,
    paragraphs: [`The password of your account at ${appName} was changed at ${at}.`, NOT_YOU_PASSWORD],
  }),

  newDevice: ({ at, device, address }, appName) => ({
    subject: `A new device signed in to ${appName}`,
    paragraphs: [
      `Someone signed in to your account at ${appName} from a device that has not been used before.`,
      `When: ${at}\nDevice: ${device}\nNetwork address: ${address}`,
      "If this was you, you do not need to do anything.",
      NOT_YOU_PASSWORD,
    ],
  }),

  theftNoticed: ({ at, device }, appName) => ({
    subject: `A session at ${appName} was ended to protect you`,
    paragraphs: [
      `At ${at}, a token of your account at ${appName} was used a second time, which usually means that ` +
        "it was copied. We ended the session that it belonged to.",
      `Device of the session: ${device}`,
      "If you were signed out, sign in again. If it happens again, check that device for malware and set " +
        "a new password.",
    ],
  }),

  test: ({ at }, appName) => ({
    subject: `Test mail from ${appName}`,
    paragraphs: [`${appName} can send mail. Its operator sent this test at ${at}.`],
  }),
};
