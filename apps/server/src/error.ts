import {
  type AnyErrorDefinition,
  commonErrors,
  type DataErrorDefinition,
  type ErrorDefinition,
} from "@latchkey/contracts/kit/errors";
import { DatabaseUnavailable } from "./database/availability.js";

interface AppErrorOptions extends ErrorOptions {
  readonly retryAfterSeconds?: number;
  readonly sessionOver?: true;
  readonly subject?: string | undefined;
  readonly reason?: string;
}

/** An error declared with data takes that data, and no other error takes any. */
type OptionsOf<D extends AnyErrorDefinition> = [D] extends [ErrorDefinition]
  ? [options?: AppErrorOptions & { readonly data?: undefined }]
  : [D] extends [DataErrorDefinition]
    ? [options: AppErrorOptions & { readonly data: D["example"] }]
    : [options: never];

/** What a caller must hear: one declared error, raised. The only class that services throw on purpose. */
export class AppError<D extends AnyErrorDefinition = AnyErrorDefinition> extends Error {
  override readonly name = "AppError";
  readonly definition: AnyErrorDefinition;
  /** What the caller is given to continue, as the definition's schema has it. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** Whole seconds after which a repetition may succeed. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether the session of the token that the caller presented is known to be over: no newer token of it is alive. */
  readonly sessionOver: boolean;
  /** The uuid of the account that it is about: for the audit log, never for the caller. */
  readonly subject: string | undefined;
  /** What the caller is not told: a word of ours, for the audit log. */
  readonly reason: string | undefined;

  constructor(definition: D, ...[given]: OptionsOf<D>) {
    const options: AppErrorOptions & { readonly data?: unknown } = given ?? {};
    super(definition.message, options);
    this.definition = definition;
    // Only what the schema names leaves the server. Data that does not fit is a bug, and is thrown as one.
    this.data = definition.data?.parse(options.data);
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.sessionOver = options.sessionOver ?? false;
    this.subject = options.subject;
    this.reason = options.reason;
  }
}

/** Something that is needed does not answer just now; a repetition may succeed. */
export function unavailable(cause?: unknown): AppError {
  return new AppError(commonErrors.UNAVAILABLE, { cause, retryAfterSeconds: 1 });
}

/** An error as the doors answer it: what an engine raises because it cannot answer is `UNAVAILABLE`, and all else stays. */
export function toAnswerable(error: unknown): unknown {
  return error instanceof DatabaseUnavailable ? unavailable(error.cause) : error;
}
