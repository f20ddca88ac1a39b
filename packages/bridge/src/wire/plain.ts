import { commonErrors, messageOf } from "@latchkey/contracts/kit/errors";
import type { Language } from "@latchkey/contracts/kit/language";
import { fieldFaultsOf } from "@latchkey/contracts/kit/wording";
import { type Answer, type BodyFault, type Raised, REFUSAL_STATUS, type Refusal, type Wire } from "./wire.js";

/** What every error body contains under `error`. */
interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly fields?: ReadonlyArray<{
    readonly path: ReadonlyArray<string | number>;
    readonly message: string;
  }>;
  readonly retryAfterSeconds?: number;
  /** The data of the error. */
  readonly next?: Raised["data"];
}

interface Words {
  readonly code: string;
  readonly en: string;
  readonly "zh-CN": string;
}

const REFUSALS: Readonly<Record<Refusal, Words>> = {
  unreadable: { code: "BAD_REQUEST", en: "The body could not be read.", "zh-CN": "无法读取请求内容。" },
  "too large": { code: "BODY_TOO_LARGE", en: "The body is too large.", "zh-CN": "请求内容过大。" },
  "method not allowed": {
    code: "METHOD_NOT_ALLOWED",
    en: "This path does not support this method.",
    "zh-CN": "此路径不支持该方法。",
  },
  "not found": { code: "NOT_FOUND", en: "This path does not exist.", "zh-CN": "路径不存在。" },
};

/**
 * The wire format of `/api/v1`: a procedure's output as it is, and errors as
 * `{"error":{"code","message",…}}`.
 */
export const plain: Wire = {
  success: (_, output) =>
    output === undefined ? { status: 204, body: undefined } : { status: 200, body: output },
  failure: ({ errors }, { definition, retryAfterSeconds, data }, language) =>
    answer(errors?.[definition.code]?.status ?? definition.status, {
      code: definition.code,
      message: messageOf(definition, language),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(data !== undefined && { next: data }),
    }),
  unfit: (_, { issues, input }, language) => unfit(fieldFaultsOf(issues, input, language), language),
  unfitBody: (_, fault, language) => unfit([{ path: [], message: wordsOf(fault, language) }], language),
  refusal: (refusal, language) => {
    const { code, [language]: message } = REFUSALS[refusal];
    return answer(REFUSAL_STATUS[refusal], { code, message });
  },
};

function unfit(fields: NonNullable<PlainError["fields"]>, language: Language): Answer {
  const { code, status } = commonErrors.INVALID_INPUT;
  return answer(status, { code, message: messageOf(commonErrors.INVALID_INPUT, language), fields });
}

function answer(status: number, error: PlainError): Answer {
  return { status, body: { error } };
}

/** Half a sentence that follows "the body". The body itself is never repeated: it may contain a password. */
function wordsOf(fault: BodyFault, language: Language): string {
  const chinese = language === "zh-CN";
  if (fault === "missing") return chinese ? "必填" : "is required";
  if (fault === "not an object") return chinese ? "必须是 JSON 对象" : "must be a JSON object";
  const { lineno, colno } = fault;
  return chinese
    ? `第 ${lineno} 行第 ${colno} 列不是有效的 JSON`
    : `is not valid JSON at line ${lineno}, column ${colno}`;
}
