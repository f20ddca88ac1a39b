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

/** An error declared with data requires that data; no other error accepts any. */
type OptionsOf<D extends AnyErrorDefinition> = [D] extends [ErrorDefinition]
  ? [options?: AppErrorOptions & { readonly data?: undefined }]
  : [D] extends [DataErrorDefinition]
    ? [options: AppErrorOptions & { readonly data: D["example"] }]
    : [options: never];

/** An error for the caller: one declared error, raised. The only class that services throw on purpose. */
export class AppError<D extends AnyErrorDefinition = AnyErrorDefinition> extends Error {
  override readonly name = "AppError";
  readonly definition: AnyErrorDefinition;
  /** The data that the caller needs to continue, as the definition's schema describes it. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** Whole seconds after which a retry may succeed. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether the session of the caller's token is known to be over: no newer token of it is alive. */
  readonly sessionOver: boolean;
  /** The uuid of the affected account: for the audit log, never for the caller. */
  readonly subject: string | undefined;
  /** What the caller is not told: a fixed word of ours, for the audit log. */
  readonly reason: string | undefined;

  constructor(definition: D, ...[given]: OptionsOf<D>) {
    const options: AppErrorOptions & { readonly data?: unknown } = given ?? {};
    super(definition.message, options);
    this.definition = definition;
    // Only what the schema names leaves the server. Data that does not fit is a bug, and parsing it throws.
    this.data = definition.data?.parse(options.data);
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.sessionOver = options.sessionOver ?? false;
    this.subject = options.subject;
    this.reason = options.reason;
  }
}

/** Something that is needed is not available at the moment; a retry may succeed. */
export function unavailable(cause?: unknown): AppError {
  return new AppError(commonErrors.UNAVAILABLE, { cause, retryAfterSeconds: 1 });
}

/**
 * An error in the form that callers get: an engine's failure to answer becomes `UNAVAILABLE`; all others stay
 * unchanged.
 */
export function toAnswerable(error: unknown): unknown {
  return error instanceof DatabaseUnavailable ? unavailable(error.cause) : error;
}
