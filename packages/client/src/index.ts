// @trpc/server's declarations name `Disposable`, which a browser's project may not have among its libraries.
/// <reference lib="esnext.disposable" preserve="true" />
export type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
export type { AccountVerbs } from "./account-verbs.js";
export type * from "./api.generated.js";
export { type Client, type ClientOptions, createClient } from "./client.js";
export type { Clock } from "./clock.js";
export type { ErrorShape, FieldFault } from "./error-shape.js";
export { isLatchkeyError, type LatchkeyError } from "./errors.js";
export { fieldErrors } from "./field-errors.js";
export type { ErrorCodeOf, ProcedurePath, RouterInputs, RouterOutputs } from "./inference.js";
export type { Fetch } from "./json-call.js";
export type { Mutation, ProcedureTypes, Query } from "./procedure.js";
export {
  ClientError,
  type ClientErrorOf,
  type EnrolmentSteps,
  type FactorOptions,
  type FactorSteps,
  type FactorVerbs,
  type Result,
} from "./result.js";
export { createRpc, type ExtraHeaders, type RpcOptions } from "./rpc.js";
export { type Call, type CallError, safe } from "./safe.js";
export type { AuthEvent, AuthListener, AuthState, AuthStore, SignOutReason } from "./state.js";
export type { ClientStorage, StorageChoice } from "./storage.js";
export type { Session, Verbs } from "./verbs.js";
