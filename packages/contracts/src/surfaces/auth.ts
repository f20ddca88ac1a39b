import { z } from "zod";
import { accountErrors, tokenErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { registrationErrors } from "../errors/registration.js";
import { FACTORS_GIVEN_HERE, READS_CODE, signInErrors } from "../errors/sign-in.js";
import {
  accessToken,
  EMAIL_FORMAT,
  emailAddress,
  loginName,
  newPassword,
  passwordAttempt,
  refuseForeignAddress,
  timestamp,
  username,
} from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const RegisterInput = z
  .object({ username, email: emailAddress, password: newPassword(6) })
  .check(refuseForeignAddress)
  .meta({ id: "AuthRegisterInput" });

const LoginInput = z
  .object({ username: loginName, password: passwordAttempt })
  .meta({ id: "AuthLoginInput" });

const AuthUser = z
  .object({
    id: z.uuid().meta({ description: "The account's permanent id, the `sub` of its tokens." }),
    username: z.string(),
    email: z.string().meta({ format: EMAIL_FORMAT }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "AuthUser" });

const SignedIn = z.object({ user: AuthUser, token: accessToken }).meta({ id: "SignedIn" });

const userExample = {
  id: "8ba0e6a1-7c43-4d3c-9b52-0d6b3a1f5e77",
  username: "testuser",
  email: "test@example.com",
  created_at: "2025-07-17T10:00:00Z",
  updated_at: "2025-07-17T10:00:00Z",
};
const signedInExample = { user: userExample, token: "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI4YmEwIn0.c2lnbmF0dXJl" };

/** The auth surface: `/api/auth/*`. */
export const auth = contract("The auth surface: accounts identified by username and email address.", {
  register: {
    kind: "mutation",
    access: "public",
    summary: "Register an account by username and address",
    description:
      "Also starts a session. If both are taken, the error is about the username. If addresses must be " +
      "verified before users can sign in, the account is created, a link is mailed, and the answer is " +
      "`EMAIL_NOT_VERIFIED`.",
    input: RegisterInput,
    output: SignedIn,
    raises: [
      accountErrors.USERNAME_TAKEN,
      accountErrors.EMAIL_TAKEN,
      accountErrors.TOO_MANY_REQUESTS,
      mailErrors.EMAIL_NOT_VERIFIED,
      tokenErrors.COOKIE_REFUSED,
      accountErrors.PASSWORD_TOO_COMMON,
      registrationErrors.REGISTRATION_CLOSED,
      registrationErrors.INVITATION_REQUIRED,
      signInErrors.ENROLMENT_REQUIRED,
    ],
    session: { token: "token" },
    audit: "auth.register",
    rest: {
      method: "POST",
      path: "/api/auth/register",
      envelope: "用户注册成功",
      errors: {
        PASSWORD_TOO_COMMON: { status: 422, field: "password", detail: "this password is too common" },
        USERNAME_TAKEN: { status: 409, detail: "用户名已存在" },
        EMAIL_TAKEN: { status: 409, detail: "邮箱已存在" },
        REGISTRATION_CLOSED: { status: 403, detail: "注册已关闭" },
        INVITATION_REQUIRED: { status: 403, detail: "仅限受邀用户注册" },
        EMAIL_NOT_VERIFIED: { status: 403, detail: "邮箱未验证" },
        ENROLMENT_REQUIRED: { status: 403, detail: "需要第二步验证" },
      },
    },
    example: {
      input: { username: "testuser", email: "test@example.com", password: "password123" },
      output: signedInExample,
    },
  },
  login: {
    kind: "mutation",
    access: "public",
    summary: "Exchange a username or address and a password for an access token",
    description:
      "Starts a session. An account with a second factor needs a code in the header `Latchkey-Code`: six digits from " +
      "an authenticator app, or a recovery code.",
    input: LoginInput,
    output: SignedIn,
    raises: [
      accountErrors.INVALID_CREDENTIALS,
      accountErrors.USER_DISABLED,
      accountErrors.PASSWORD_CHANGE_REQUIRED,
      mailErrors.EMAIL_NOT_VERIFIED,
      accountErrors.RATE_LIMITED,
      tokenErrors.COOKIE_REFUSED,
      signInErrors.FACTOR_REQUIRED,
      signInErrors.FACTOR_WRONG,
      signInErrors.ENROLMENT_REQUIRED,
    ],
    session: { token: "token" },
    audit: "auth.login",
    rest: {
      method: "POST",
      path: "/api/auth/login",
      alsoReads: READS_CODE,
      envelope: "登录成功",
      errors: {
        INVALID_CREDENTIALS: { status: 401, detail: "用户名或密码错误" },
        USER_DISABLED: { status: 403, detail: "用户被禁用" },
        PASSWORD_CHANGE_REQUIRED: { status: 403, detail: "需要修改密码" },
        EMAIL_NOT_VERIFIED: { status: 403, detail: "邮箱未验证" },
        FACTOR_REQUIRED: { status: 403, detail: "需要第二步验证", lists: FACTORS_GIVEN_HERE },
        FACTOR_WRONG: { status: 403, detail: "第二步验证错误" },
        ENROLMENT_REQUIRED: { status: 403, detail: "需要第二步验证" },
      },
    },
    example: { input: { username: "testuser", password: "password123" }, output: signedInExample },
  },
  verify: {
    kind: "query",
    access: "account",
    summary: "Check a token and read its user",
    description: "Revocation is checked every time: a token that was revoked a moment ago is refused.",
    input: z.void(),
    output: AuthUser,
    raises: [tokenErrors.TOKEN_MISSING, tokenErrors.TOKEN_EXPIRED, tokenErrors.TOKEN_INVALID],
    rest: {
      method: "GET",
      path: "/api/auth/verify",
      envelope: "令牌验证成功",
      errors: {
        TOKEN_MISSING: { status: 401, detail: "Authentication required" },
        TOKEN_EXPIRED: { status: 401, detail: "Invalid token" },
        TOKEN_INVALID: { status: 401, detail: "Invalid token" },
      },
    },
    example: { output: userExample },
  },
});
