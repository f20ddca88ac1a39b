import { TRPCClientError } from "@trpc/client";
import type {
  AuthUser,
  EmailCodeSent,
  ErrorData,
  FactorRemoveInput,
  Factors,
  Procedures,
  RecoveryCodesRenewed,
  Rpc,
  TotpBeginInput,
  TotpBegun,
  TotpConfirmed,
} from "./api.generated.js";
import type { Bare, CarriedData, Carrying, FieldFault } from "./error-shape.js";
import { isLatchkeyError } from "./errors.js";
import type { ErrorCodeOf } from "./inference.js";

/** The result of a verb: data or an error; `if (error)` tells TypeScript which. */
export type Result<Data, Code extends string> =
  | { readonly data: Data; readonly error: null }
  | Failed<Code | "NETWORK">;

/**
 * An expected failure with one of these codes. One whose code carries data has it as `next`, which TypeScript
 * knows as soon as you have looked at the code: `if (error.code === "…") error.next`.
 */
export type ClientErrorOf<Code extends string> = Failed<Code>["error"];

type Failed<Code extends string> = {
  readonly data: null;
  readonly error: ClientError<Code>;
} & FailedByCode<Code>;

/** One type for each code that carries data: TypeScript knows `next` once you have looked at `code`. */
type FailedByCode<Code extends string> = [Carrying<Code>] extends [never]
  ? unknown
  :
      | (Code extends keyof ErrorData ? { readonly error: { readonly code: Code } & Carried<Code> } : never)
      | ([Bare<Code>] extends [never] ? never : { readonly error: { readonly code: Bare<Code> } });

/** Where a sign-in goes on, `next` does so. */
type Carried<Code extends keyof ErrorData> = Code extends keyof Steps
  ? { readonly next: Steps[Code] }
  : CarriedData<Code>;

/** An expected failure. */
export class ClientError<Code extends string = string> extends Error {
  override readonly name = "ClientError";
  /**
   * The code to branch on: the server's own, `NETWORK` if the server was not reached or something else
   * answered in its place, or `COOKIE_SESSIONS_OFF` if a cookie was asked for and not set. A newer server may
   * send other codes, so keep a `default` in a `switch`.
   */
  readonly code: Code;
  /** With `INVALID_INPUT`: one fault per field; `fieldErrors(error)` returns them by name. */
  readonly fields: readonly FieldFault[];
  /** Whole seconds after which a retry may succeed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: Code,
    message: string,
    { cause, fields = [], retryAfterSeconds, next }: ClientErrorDetails = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.fields = fields;
    this.retryAfterSeconds = retryAfterSeconds;
    // Not a property of the class: only the errors of `ClientErrorOf` that carry data have it.
    if (next !== undefined) Object.assign(this, { next });
  }
}

interface ClientErrorDetails {
  readonly cause?: unknown;
  readonly fields?: readonly FieldFault[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly next?: unknown;
}

/** What errors carry from the server, as far as the client itself knows it. */
export type Sent = { readonly ticket?: string; readonly factors?: readonly string[] } | undefined;

/** Completes it by what can be done with it. */
type Complete = (sent: Sent) => unknown;

/**
 * Returns an expected failure as a value. Anything that is not the failure of a call is a bug, and is thrown.
 */
export async function attempt<Data, Code extends string>(
  call: Promise<Data>,
  complete: Complete = (sent) => sent,
): Promise<Result<Data, Code>> {
  try {
    return { data: await call, error: null };
  } catch (error) {
    // Safe: a procedure fails with its own codes, and sends the data of each.
    return { data: null, error: clientError(error, complete) } as Failed<Code | "NETWORK">;
  }
}

function clientError(error: unknown, complete: Complete): ClientError {
  if (error instanceof ClientError) return error;
  if (isLatchkeyError(error)) {
    const { data }: { readonly data: { readonly appCode: string; readonly next?: object } } = error;
    // Safe: looked at before it is used.
    const next = complete(data.next as Sent);
    return new ClientError(data.appCode, error.message, { ...data, next, cause: error });
  }
  if (!(error instanceof TRPCClientError)) throw error;
  return new ClientError("NETWORK", "The server could not be reached.", { cause: error });
}

/*
 * What results lead to: an error may have the next step of a sign-in, which has a result in turn.
 */

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

/** What users do with their second factors. Passkeys are added with `@latchkey/client/passkeys`. */
export interface FactorVerbs {
  /** The factors, and how many recovery codes are left. */
  list(): Promise<Result<Factors, ErrorCodeOf<"factors.list">>>;
  rename(input: Procedures["factors.rename"]["input"]): Promise<Result<void, ErrorCodeOf<"factors.rename">>>;
  /** With the last one, the recovery codes go too. */
  remove(input: FactorRemoveInput): Promise<Result<void, ErrorCodeOf<"factors.remove">>>;
  /** Authenticator apps. */
  readonly totp: {
    /**
     * Begins to add one: returns its secret, and a QR code of it as SVG. It does not count until it is
     * confirmed.
     */
    begin(input: TotpBeginInput): Promise<Result<TotpBegun, ErrorCodeOf<"totp.begin">>>;
    /**
     * Adds it with a code that it shows. Returns the recovery codes, if these are the first, to be shown
     * once.
     */
    confirm(
      input: Procedures["totp.confirm"]["input"],
    ): Promise<Result<TotpConfirmed, ErrorCodeOf<"totp.confirm">>>;
  };
  readonly recoveryCodes: {
    /** Returns ten new ones, to be shown once. Earlier ones no longer work. */
    renew(): Promise<Result<RecoveryCodesRenewed, ErrorCodeOf<"recoveryCodes.renew">>>;
  };
}

/** What asking for a passkey may fail with. */
export type PasskeyFailure =
  /**
   * The user has closed the dialog or had no passkey for it, or it took too long: browsers do not say which.
   */
  | "PASSKEY_CANCELLED"
  /** There is such a dialog already. */
  | "PASSKEY_BUSY"
  /** There is a passkey for the account already, in this browser or its authenticator. */
  | "PASSKEY_TAKEN"
  /** This browser has no passkeys, or not on this page. */
  | "PASSKEYS_UNAVAILABLE";
