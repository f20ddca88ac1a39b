// @trpc/server's declarations name `Disposable`, which a browser's project may not have among its libraries.
/// <reference lib="esnext.disposable" preserve="true" />
export { safe } from "@trpc/client";
export type * from "./api.generated.js";
export { type Client, type ClientOptions, createClient, type ExtraHeaders, type Fetch } from "./client.js";
export type { ErrorShape, FieldFault } from "./error-shape.js";
export { isLatchkeyError, type LatchkeyError } from "./errors.js";
export type { ErrorCodeOf, ProcedurePath, RouterInputs, RouterOutputs } from "./inference.js";
export type { Mutation, ProcedureTypes, Query } from "./procedure.js";
