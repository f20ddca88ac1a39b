import { commonErrors, type ErrorDefinition } from "@latchkey/contracts/kit/errors";

/** What a caller must hear: one declared error, raised. The only class that services throw on purpose. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly definition: ErrorDefinition;
  /** Whole seconds after which a repetition may succeed. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether the session of the token that the caller presented is known to be over: no newer token of it is alive. */
  readonly sessionOver: boolean;

  constructor(
    definition: ErrorDefinition,
    options: ErrorOptions & { readonly retryAfterSeconds?: number; readonly sessionOver?: true } = {},
  ) {
    super(definition.message, options);
    this.definition = definition;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.sessionOver = options.sessionOver ?? false;
  }
}

/** Something that is needed does not answer just now; a repetition may succeed. */
export function unavailable(cause?: unknown): AppError {
  return new AppError(commonErrors.UNAVAILABLE, { cause, retryAfterSeconds: 1 });
}
