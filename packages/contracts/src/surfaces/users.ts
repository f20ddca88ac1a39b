import { z } from "zod";
import { accountErrors, tokenErrors } from "../errors/account.js";
import { mailErrors } from "../errors/mail.js";
import { registrationErrors } from "../errors/registration.js";
import { FACTORS_GIVEN_HERE, READS_CODE, signInErrors } from "../errors/sign-in.js";
import {
  accessToken,
  emailAddress,
  emailAttempt,
  newPassword,
  passwordAttempt,
  personalText,
} from "../fields/text.js";
import { contract } from "../kit/procedure.js";

const RegisterInput = z
  .object({
    email: emailAddress,
    password: newPassword(1),
    first_name: personalText("The given name. May be empty.", "San"),
    last_name: personalText("The family name. May be empty.", "Zhang"),
    phone_number: personalText("The phone number. May be empty.", "13800138000"),
  })
  .meta({ id: "UsersRegisterInput" });

const LoginInput = z
  .object({ email: emailAttempt, password: passwordAttempt })
  .meta({ id: "UsersLoginInput" });

const ResetPasswordInput = z
  .object({ email: emailAddress, old_password: passwordAttempt, new_password: newPassword(1) })
  .meta({ id: "ResetPasswordInput" });

const RefreshInput = z
  .object({
    idempotencyKey: z
      .string()
      .check((context) => {
        const length = context.value.length;
        if (length < 16) {
          context.issues.push({
            code: "too_small",
            origin: "string",
            minimum: 16,
            inclusive: true,
            input: length,
          });
        } else if (length > 128) {
          context.issues.push({
            code: "too_big",
            origin: "string",
            maximum: 128,
            inclusive: true,
            input: length,
          });
        } else if (!/^[\x20-\x7e]+$/.test(context.value)) {
          context.issues.push({ code: "custom", message: "must be printable ASCII", input: length });
        }
      })
      .optional()
      .meta({
        description:
          "With a key, the same exchange may be repeated for 60 s and returns the same successor, so that " +
          "a lost answer or several tabs never sign a user out. 16 to 128 printable ASCII characters.",
        minLength: 16,
        maxLength: 128,
        examples: ["b1946ac9-2d4f-4a0e-9d8b-5e3f0c1a7d62"],
      }),
  })
  .meta({ id: "RefreshTokenInput" });

const Message = z.object({ message: z.string() }).meta({ id: "Message" });

const IssuedToken = z
  .object({
    access_token: accessToken,
    token_type: z.literal("bearer"),
    expires_in: z.int().meta({ description: "The access lifetime in whole minutes.", examples: [180] }),
  })
  .meta({ id: "IssuedToken" });

const Profile = z
  .object({
    email: z.string().meta({ description: "The user's address.", format: "email" }),
    first_name: z.string().nullable().meta({ description: "The given name; `null` if unknown." }),
    last_name: z.string().nullable().meta({ description: "The family name; `null` if unknown." }),
    phone_number: z.string().nullable().meta({ description: "The phone number; `null` if unknown." }),
  })
  .meta({ id: "Profile" });

const bearerErrors = {
  TOKEN_MISSING: { status: 401, detail: "Not authenticated" },
  TOKEN_EXPIRED: { status: 401, detail: "Token has expired" },
  TOKEN_INVALID: { status: 401, detail: "Token is invalid" },
} as const;

const issuedExample = {
  access_token: "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI4YmEwIn0.c2lnbmF0dXJl",
  token_type: "bearer",
  expires_in: 180,
};

/** The users surface: `/api/users/*`. */
export const users = contract("The users surface: accounts identified by email address.", {
  register: {
    kind: "mutation",
    access: "public",
    summary: "Register an account by email address",
    description:
      "The address also becomes the username. All five keys are required; unknown keys are ignored.",
    input: RegisterInput,
    output: Message,
    raises: [
      accountErrors.EMAIL_TAKEN,
      accountErrors.TOO_MANY_REQUESTS,
      accountErrors.PASSWORD_TOO_COMMON,
      registrationErrors.REGISTRATION_CLOSED,
      registrationErrors.INVITATION_REQUIRED,
    ],
    audit: "users.register",
    rest: {
      method: "POST",
      path: "/api/users/register",
      errors: {
        PASSWORD_TOO_COMMON: { status: 422, field: "password", detail: "this password is too common" },
        EMAIL_TAKEN: { status: 400, detail: "Email already registered" },
        REGISTRATION_CLOSED: { status: 403, detail: "Registration is closed" },
        INVITATION_REQUIRED: { status: 403, detail: "Registration is by invitation only" },
      },
    },
    example: {
      input: {
        email: "user@example.com",
        password: "password123",
        first_name: "San",
        last_name: "Zhang",
        phone_number: "13800138000",
      },
      output: { message: "User registered successfully." },
    },
  },
  login: {
    kind: "mutation",
    access: "public",
    summary: "Exchange an email address and a password for an access token",
    description:
      "Starts a session. An account with a second factor needs a code in the header `Latchkey-Code`: six digits from " +
      "an authenticator app, or a recovery code. `expires_in` is the access lifetime in whole minutes.",
    input: LoginInput,
    output: IssuedToken,
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
    session: { token: "access_token" },
    audit: "users.login",
    rest: {
      method: "POST",
      path: "/api/users/login",
      alsoReads: READS_CODE,
      errors: {
        INVALID_CREDENTIALS: { status: 400, detail: "Incorrect email or password" },
        USER_DISABLED: { status: 403, detail: "User is disabled" },
        PASSWORD_CHANGE_REQUIRED: { status: 403, detail: "Password change required" },
        EMAIL_NOT_VERIFIED: { status: 403, detail: "Email is not verified" },
        FACTOR_REQUIRED: { status: 403, detail: "Second factor required", lists: FACTORS_GIVEN_HERE },
        FACTOR_WRONG: { status: 403, detail: "Second factor is wrong" },
        ENROLMENT_REQUIRED: { status: 403, detail: "Second factor required" },
      },
    },
    example: { input: { email: "user@example.com", password: "password123" }, output: issuedExample },
  },
  me: {
    kind: "query",
    access: "account",
    summary: "Read the profile of the signed-in user",
    description: "Always has these four keys; `null` if unknown.",
    input: z.void(),
    output: Profile,
    raises: [tokenErrors.TOKEN_MISSING, tokenErrors.TOKEN_EXPIRED, tokenErrors.TOKEN_INVALID],
    rest: {
      method: "GET",
      path: "/api/users/me",
      aliases: [{ path: "/api/me", operationId: "me", deprecated: true }],
      errors: bearerErrors,
    },
    example: {
      output: {
        email: "user@example.com",
        first_name: "San",
        last_name: "Zhang",
        phone_number: "13800138000",
      },
    },
  },
  logout: {
    kind: "mutation",
    access: "session",
    summary: "End this session",
    description:
      "The token is refused from the next request on, including for refresh. Other sessions stay active. " +
      "An expired token is accepted as long as it could still be exchanged.",
    input: z.void(),
    output: Message,
    raises: [tokenErrors.TOKEN_MISSING, tokenErrors.TOKEN_EXPIRED, tokenErrors.TOKEN_INVALID],
    session: { ends: true },
    audit: "users.logout",
    rest: { method: "POST", path: "/api/users/logout", errors: bearerErrors },
    example: { output: { message: "You have been logged out." } },
  },
  refreshToken: {
    kind: "mutation",
    access: "bearer",
    summary: "Exchange a token, even an expired one, for its successor",
    description:
      "The old token stops working immediately. A request with an idempotency key may be repeated with " +
      "the same token and the same key for 60 s and gets the same successor. In a session that has never " +
      "used a key, a request without one may be repeated for 10 s (`REFRESH_GRACE_SECONDS`).",
    input: RefreshInput,
    output: IssuedToken,
    raises: [
      tokenErrors.TOKEN_MISSING,
      tokenErrors.TOKEN_INVALID,
      tokenErrors.REFRESH_REJECTED,
      tokenErrors.SESSION_STOLEN,
      tokenErrors.COOKIE_REFUSED,
    ],
    session: { token: "access_token" },
    audit: { failuresOf: "users.refresh_token" },
    rest: {
      method: "POST",
      path: "/api/users/refresh_token",
      headers: { idempotencyKey: "idempotency-key" },
      errors: {
        TOKEN_MISSING: { status: 401, detail: "Not authenticated" },
        TOKEN_INVALID: { status: 401, detail: "Token is invalid" },
        REFRESH_REJECTED: { status: 403, detail: "Refresh token is invalid or expired" },
        SESSION_STOLEN: { status: 403, detail: "Refresh token is invalid or expired" },
      },
    },
    example: { input: {}, output: issuedExample },
  },
  resetPassword: {
    kind: "mutation",
    access: "public",
    summary: "Set a new password, using the old one",
    description:
      "Ends every session of the user, except the one whose valid token comes with the request. The new " +
      "password may be the same as the old one. An account with a second factor needs a code in the header " +
      "`Latchkey-Code`, as for a login.",
    input: ResetPasswordInput,
    output: Message,
    raises: [
      accountErrors.USER_NOT_FOUND,
      accountErrors.WRONG_PASSWORD,
      accountErrors.USER_DISABLED,
      accountErrors.PASSWORD_CHANGE_REQUIRED,
      accountErrors.RATE_LIMITED,
      accountErrors.PASSWORD_TOO_COMMON,
      signInErrors.FACTOR_REQUIRED,
      signInErrors.FACTOR_WRONG,
    ],
    audit: "users.reset_password",
    rest: {
      method: "POST",
      path: "/api/users/reset_password",
      alsoReads: READS_CODE,
      aliases: [{ path: "/api/users/reset-password", operationId: "usersResetPasswordHyphenated" }],
      invalidInputStatus: 400,
      errors: {
        PASSWORD_TOO_COMMON: { status: 400, field: "new_password", detail: "this password is too common" },
        USER_NOT_FOUND: { status: 404, detail: "User not found" },
        WRONG_PASSWORD: { status: 400, detail: "Incorrect password" },
        USER_DISABLED: { status: 403, detail: "User is disabled" },
        PASSWORD_CHANGE_REQUIRED: { status: 403, detail: "Password change required" },
        FACTOR_REQUIRED: { status: 403, detail: "Second factor required", lists: FACTORS_GIVEN_HERE },
        FACTOR_WRONG: { status: 403, detail: "Second factor is wrong" },
      },
    },
    example: {
      input: { email: "user@example.com", old_password: "currentpassword", new_password: "newpassword123" },
      output: { message: "Password has been reset successfully." },
    },
  },
});
