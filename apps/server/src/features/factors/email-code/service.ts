export { createEmailFactor, type EmailFactor, type EmailFactorDeps } from "./factor.js";
export { createEmailSignIn, type EmailSignIn, type EmailSignInDeps, type MailedCode } from "./sign-in.js";
