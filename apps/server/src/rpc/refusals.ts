import { commonErrors, type ErrorDefinition, messageOf } from "@latchkey/contracts/kit/errors";
import type { Language } from "@latchkey/contracts/kit/language";
import type { TRPCError } from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";

/** How many calls one tRPC request may contain: batching must not multiply what one request can do. */
export const MAX_BATCH_SIZE = 20;

interface Texts {
  readonly message: string;
  readonly zh: string;
}

/** What tRPC refuses before any procedure is called, in words that say what to change. */
const TEXTS: { readonly [Code in TRPCError["code"]]?: Texts } = {
  NOT_FOUND: { message: "There is no such procedure.", zh: "没有这个过程。" },
  METHOD_NOT_SUPPORTED: {
    message: "Queries are sent with GET and mutations with POST. Leave out the link's `methodOverride`.",
    zh: "查询使用 GET，变更使用 POST。请去掉链接的 `methodOverride`。",
  },
  PAYLOAD_TOO_LARGE: { message: "The request body is too large.", zh: "请求内容过大。" },
  UNSUPPORTED_MEDIA_TYPE: {
    message: "The content type must be application/json.",
    zh: "内容类型必须是 application/json。",
  },
};

/** The error of a request that tRPC itself refused. Its code is the same for all of them. */
export function refusalOf(code: TRPCError["code"]): ErrorDefinition {
  return { ...commonErrors.BAD_REQUEST, ...TEXTS[code] };
}

const BATCH_TOO_LARGE: ErrorDefinition = {
  ...commonErrors.BAD_REQUEST,
  message: `A batch may contain at most ${MAX_BATCH_SIZE} calls: set \`maxItems\` of the link to ${MAX_BATCH_SIZE}.`,
  zh: `一个批次最多包含 ${MAX_BATCH_SIZE} 个调用：请将链接的 \`maxItems\` 设为 ${MAX_BATCH_SIZE}。`,
};

/** Whether a request contains too many calls; the path is what follows `/trpc/`, decoded. */
export function isBatchTooLarge(path: string, batch: unknown): boolean {
  return batch === "1" && path.split(",", MAX_BATCH_SIZE + 1).length > MAX_BATCH_SIZE;
}

/** The body of the response to such a batch, with status 413: a single error in tRPC's shape. */
export function batchTooLargeBody(language: Language): object {
  const code = "PAYLOAD_TOO_LARGE";
  const data = { code, httpStatus: 413, appCode: BATCH_TOO_LARGE.code };
  const message = messageOf(BATCH_TOO_LARGE, language);
  return { error: { message, code: TRPC_ERROR_CODES_BY_KEY[code], data } };
}
