import type { Language } from "./language.js";

/** The statuses that an error can have by itself; a REST binding may promise a different one. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 503;

/** One way in which a call can fail. It is declared once, and its code is permanent. */
export interface ErrorDefinition<Code extends string = string> {
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

/** The error's message in this language, or in English if there is no translation. */
export function messageOf({ message, zh }: ErrorDefinition, language: Language): string {
  return language === "zh-CN" ? (zh ?? message) : message;
}

/** Declares errors by code. */
export function defineErrors<const T extends Readonly<Record<string, Omit<ErrorDefinition, "code">>>>(
  table: T,
): { readonly [Code in keyof T & string]: ErrorDefinition<Code> } {
  const entries = Object.entries(table).map(([code, definition]) => [code, { code, ...definition }]);
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
