export { createEmailFactor, type EmailFactor } from "./factor.js";
export { createEmailSignIn, type EmailSignIn } from "./sign-in.js";
