import type { z } from "zod";
import type { Language } from "./language.js";

/** The statuses that an error can have by itself; a REST binding may promise a different one. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 503;

interface Described<Code extends string> {
  /** What programs branch on: UPPER_SNAKE, permanent. */
  readonly code: Code;
  /** The HTTP status, unless a REST binding promises a different one. */
  readonly status: ErrorStatus;
  /** One sentence for the caller. Never contains what the caller sent. */
  readonly message: string;
  /** The same sentence in Chinese. */
  readonly zh?: string;
  /** What to do about it: one paragraph for the error reference. */
  readonly help: string;
}

/** One way in which a call can fail. It is declared once, and its code is permanent. */
export interface ErrorDefinition<Code extends string = string> extends Described<Code> {
  readonly data?: undefined;
  readonly example?: undefined;
}

/** An error that also gives its caller what is needed to continue, such as a ticket for the next step. */
export interface DataErrorDefinition<Code extends string = string, Data extends z.ZodObject = z.ZodObject>
  extends Described<Code> {
  /**
   * What is raised with the error. Callers receive it as `next`, under `error` in bodies of `/api/v1` and under
   * `error.data` over tRPC, with no key that the schema does not name. The fixed bodies of other paths never hold it.
   */
  readonly data: Data;
  /** Such data, for the documents. */
  readonly example: z.input<Data>;
}

/** An error of either kind. */
export type AnyErrorDefinition<Code extends string = string> =
  | ErrorDefinition<Code>
  | DataErrorDefinition<Code>;

/** The error's message in this language, or in English if there is no translation. */
export function messageOf({ message, zh }: AnyErrorDefinition, language: Language): string {
  return language === "zh-CN" ? (zh ?? message) : message;
}

/** The error with this code, if it is among these and can be raised without data. */
export function findError(errors: readonly AnyErrorDefinition[], code: string): ErrorDefinition | undefined {
  return errors.find((each): each is ErrorDefinition => each.code === code && each.data === undefined);
}

type Declaration = Omit<ErrorDefinition, "code"> | Omit<DataErrorDefinition, "code">;

type Defined<Code extends string, D extends Declaration> = D extends {
  readonly data: infer Data extends z.ZodObject;
}
  ? DataErrorDefinition<Code, Data>
  : ErrorDefinition<Code>;

/** Refuses an example that does not fit its schema. */
type CheckedExample<D extends Declaration> = D extends { readonly data: infer Data extends z.ZodObject }
  ? { readonly example: z.input<Data> }
  : unknown;

/** Declares errors by their codes. One with `data`, a zod object, needs an `example` of it. */
export function defineErrors<const T extends Readonly<Record<string, Declaration>>>(
  table: T & { readonly [Code in keyof T]: CheckedExample<T[Code]> },
): { readonly [Code in keyof T & string]: Defined<Code, T[Code]> } {
  const entries = Object.entries<Declaration>(table).map(([code, definition]) => [
    code,
    { code, ...definition },
  ]);
  // Safe: the entries have exactly the table's keys, each with its own code.
  return Object.fromEntries(entries) as never;
}

/** Errors that any call may return, whatever its contract says. */
export const commonErrors = defineErrors({
  INVALID_INPUT: {
    status: 422,
    message: "The input does not match its schema.",
    zh: "输入不符合要求。",
    help: "Read the field errors: each names its field and says what is wrong with it.",
  },
  BAD_REQUEST: {
    status: 400,
    message: "The request could not be read.",
    zh: "无法读取请求。",
    help: "Check the URL, the method and the content type, and that the body is valid JSON of moderate size.",
  },
  UNAVAILABLE: {
    status: 503,
    message: "The service is busy or degraded. Try again in a moment.",
    zh: "服务繁忙，请稍后再试。",
    help:
      "Wait as many seconds as `Retry-After` says, then repeat the request. Changes that were " +
      "acknowledged are kept.",
  },
  INTERNAL: {
    status: 500,
    message: "Internal Server Error",
    zh: "服务器内部错误",
    help: "The fault is in the server. Its log has a line with the request's id (`X-Request-Id`).",
  },
});

/** A code that any call may return. */
export type CommonCode = keyof typeof commonErrors;
