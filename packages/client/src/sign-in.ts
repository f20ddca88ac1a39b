import { userIn } from "./answers.js";
import type {
  AuthUser,
  EmailCodeSent,
  ErrorData,
  FactorInput,
  Rpc,
  SignedIn,
  SignedInAccount,
} from "./api.generated.js";
import { authenticator } from "./authenticator.js";
import { createFactorVerbs, type FactorVerbs } from "./factor-verbs.js";
import type { ErrorCodeOf } from "./inference.js";
import type { Requests } from "./requests.js";
import { attempt, type Result, type Sent } from "./result.js";
import type { PasskeyFailure } from "./webauthn.js";

/** In addition to the server's own codes: the server does not keep sessions in cookies. */
export type CookiesOff = "COOKIE_SESSIONS_OFF";

/** What comes of a call that begins a session. */
export type SignInResult<Code extends string> = Promise<Result<AuthUser, Code | CookiesOff>>;

/** How a second factor is given. */
export interface FactorOptions {
  /** Whether later sign-ins on this device need no second factor for a while, if the operator allows that. */
  readonly trustDevice?: boolean | undefined;
}

/** The second step of a sign-in. After a wrong factor, another one can be given, a few times. */
export interface FactorSteps extends Readonly<ErrorData["FACTOR_REQUIRED"]> {
  /** With the code that an authenticator app shows. */
  totp(code: string, options?: FactorOptions): SignInResult<ErrorCodeOf<"signIn.factor">>;
  /** With one of the recovery codes. */
  recoveryCode(code: string, options?: FactorOptions): SignInResult<ErrorCodeOf<"signIn.factor">>;
  /** With a passkey, in the browser's dialog: call `createPasskeys` of `@latchkey/client/passkeys` first. */
  passkey(
    options?: FactorOptions,
  ): SignInResult<ErrorCodeOf<"signIn.factor" | "passkeys.factorOptions"> | PasskeyFailure>;
  /** Has a code mailed to the account's address. */
  emailCode(): Promise<Result<EmailCodeSent, ErrorCodeOf<"emailCode.send">>>;
  /** With that code. */
  emailCode(code: string, options?: FactorOptions): SignInResult<ErrorCodeOf<"signIn.factor">>;
}

/** How a user who must have a second factor adds the first one, within the sign-in. */
export interface EnrolmentSteps extends Readonly<ErrorData["ENROLMENT_REQUIRED"]> {
  /** Adds an authenticator app: only that is allowed here. */
  readonly factors: FactorVerbs;
  /** The server's procedures, called for this sign-in. */
  readonly rpc: Rpc;
  /** Signs in, once there is a factor. */
  finish(): SignInResult<ErrorCodeOf<"signIn.finish">>;
}

/** What an error's `next` can do, in addition to the data that the server has sent. */
export interface Steps {
  readonly FACTOR_REQUIRED: FactorSteps;
  readonly ENROLMENT_REQUIRED: EnrolmentSteps;
}

/** What the server answers when a session begins: the older procedures, and those of sign-ins in steps. */
export type Entry = SignedIn | SignedInAccount;

interface Deps {
  readonly requests: Requests;
  /** The procedures, called for a user who is about to sign in. */
  readonly open: Rpc;
  /** Begins the session that an answer brings. */
  readonly enter: (answer: () => Promise<Entry>) => Promise<AuthUser>;
}

/** Waits for a session to begin. If that takes a further step, its error has it as `next`. */
export type SignIn = <Code extends string>(entering: Promise<AuthUser>) => SignInResult<Code>;

export function createSignIn({ requests, open, enter }: Deps): SignIn {
  const signIn: SignIn = (entering) => attempt(entering, complete);

  const enrolment = (ticket: string) => {
    const rpc = requests.as(undefined, { ticket });
    const finish = () => signIn(enter(() => open.signIn.finish.mutate({ ticket })));
    return { rpc, factors: createFactorVerbs(rpc), finish };
  };

  const secondFactor = (ticket: string) => {
    const give = (factor: FactorInput, options?: FactorOptions) =>
      enter(() => open.signIn.factor.mutate({ ticket, factor, ...options }));
    const typed = (kind: "totp" | "recoveryCode" | "emailCode") => (code: string, options?: FactorOptions) =>
      signIn(give({ kind, code }, options));
    const asked = async (options?: FactorOptions) => {
      const credential = await authenticator.ask(() => open.passkeys.factorOptions.mutate({ ticket }));
      return give({ kind: "passkey", credential }, options);
    };
    return {
      totp: typed("totp"),
      recoveryCode: typed("recoveryCode"),
      passkey: (options?: FactorOptions) => signIn(asked(options)),
      emailCode: (code?: string, options?: FactorOptions) =>
        code === undefined
          ? attempt(open.emailCode.send.mutate({ ticket }))
          : typed("emailCode")(code, options),
    };
  };

  const complete = (sent: Sent) => {
    const { ticket, factors } = sent ?? {};
    return ticket ? { ...sent, ...(factors ? secondFactor(ticket) : enrolment(ticket)) } : sent;
  };

  return signIn;
}

/** Whose session an answer begins. */
export function userOf({ user, account }: Partial<SignedIn & SignedInAccount> = {}): AuthUser {
  if (!account) return userIn(user);
  return userIn({
    id: account.id,
    username: account.username,
    email: account.email,
    created_at: whole(account.createdAt),
    updated_at: whole(account.updatedAt),
  });
}

/** A time in whole seconds, as users have it. */
const whole = (time: string) => time.replace(/\.\d+/, "");
