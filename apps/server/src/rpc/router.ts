import {
  type AnyErrorDefinition,
  commonErrors,
  type ErrorStatus,
  messageOf,
} from "@latchkey/contracts/kit/errors";
import type { Language } from "@latchkey/contracts/kit/language";
import type { ProcedureContract } from "@latchkey/contracts/kit/procedure";
import { type FieldFault, fieldFaultsOf } from "@latchkey/contracts/kit/wording";
import { type AnyTRPCRouter, initTRPC, TRPCError } from "@trpc/server";
import { AppError } from "../error.js";
import type { Context } from "./context.js";
import { InputError } from "./failure.js";
import type { Endpoint } from "./procedure.js";
import { refusalOf } from "./refusals.js";

const CODE_BY_STATUS = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  413: "PAYLOAD_TOO_LARGE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  500: "INTERNAL_SERVER_ERROR",
  503: "SERVICE_UNAVAILABLE",
} as const satisfies Record<ErrorStatus, TRPCError["code"]>;

const t = initTRPC
  .context<Context>()
  .meta<ProcedureContract>()
  .create({
    isDev: false,
    // tRPC's own shape contains zod's dump, internal messages and stacks: only its codes are sent.
    errorFormatter({ shape, error, ctx }) {
      // Without a context nothing of the request was read.
      const language = ctx?.language() ?? "en";
      const { definition, ...more } = describe(error, language);
      const { code, httpStatus } = shape.data;
      return {
        message: messageOf(definition, language),
        code: shape.code,
        data: { code, httpStatus, appCode: definition.code, ...more },
      };
    },
  });

interface Description {
  readonly definition: AnyErrorDefinition;
  readonly fields?: readonly FieldFault[];
  readonly retryAfterSeconds?: number;
  /** The data of the error. */
  readonly next?: AppError["data"];
}

function describe({ cause, code }: TRPCError, language: Language): Description {
  if (cause instanceof AppError) {
    const { definition, retryAfterSeconds, data } = cause;
    return {
      definition,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(data !== undefined && { next: data }),
    };
  }
  if (cause instanceof InputError) {
    const fields = fieldFaultsOf(cause.issues, cause.input, language);
    return { definition: commonErrors.INVALID_INPUT, fields };
  }
  // Raised by tRPC itself, before any procedure was called: an unknown name, method or body.
  return { definition: code === "INTERNAL_SERVER_ERROR" ? commonErrors.INTERNAL : refusalOf(code) };
}

/** A procedure with its contract and the endpoint that REST and tRPC both call. */
export interface Procedure {
  readonly namespace: string;
  readonly name: string;
  readonly contract: ProcedureContract;
  readonly endpoint: Endpoint;
}

/** The tRPC router of all procedures. Its type, for clients, is `RouterOf` the contracts. */
export function createRouter(procedures: readonly Procedure[]): AnyTRPCRouter {
  const namespaces: Record<string, Record<string, ReturnType<typeof build>>> = {};
  for (const procedure of procedures) {
    namespaces[procedure.namespace] = {
      ...namespaces[procedure.namespace],
      [procedure.name]: build(procedure),
    };
  }
  return t.router(namespaces);
}

function build({ contract, endpoint }: Procedure) {
  // The endpoint checks the input itself, for REST and tRPC alike.
  const unchecked = t.procedure.meta(contract).input((rawInput: unknown) => rawInput);
  const resolve = async ({ ctx, input }: { ctx: Context; input: unknown }) => {
    try {
      return await endpoint(ctx, input);
    } catch (error) {
      throw toTrpcError(error);
    }
  };
  return contract.kind === "query" ? unchecked.query(resolve) : unchecked.mutation(resolve);
}

function toTrpcError(error: unknown): TRPCError {
  if (error instanceof AppError) {
    return new TRPCError({ code: CODE_BY_STATUS[error.definition.status], cause: error });
  }
  if (error instanceof InputError) return new TRPCError({ code: "UNPROCESSABLE_CONTENT", cause: error });
  return new TRPCError({ code: "INTERNAL_SERVER_ERROR", cause: error });
}

/** The seconds that a caller should wait after a failed call. */
export function retryAfterOf({ cause }: TRPCError): number | undefined {
  return cause instanceof AppError ? cause.retryAfterSeconds : undefined;
}
