import type { IncomingMessage, ServerResponse } from "node:http";
import { BODY_LIMIT_BYTES, originForm } from "@latchkey/bridge";
import type { AnyTRPCRouter } from "@trpc/server";
import { createExpressMiddleware } from "@trpc/server/adapters/express";
import express, { type NextFunction, type Request, type Response } from "express";
import { AppError } from "../../error.js";
import type { Mount } from "../../mount.js";
import type { Context } from "../../rpc/context.js";
import { batchTooLargeBody, isBatchTooLarge, MAX_BATCH_SIZE } from "../../rpc/refusals.js";
import { retryAfterOf } from "../../rpc/router.js";
import type { Log } from "../../world/log.js";
import { BAD_ADDRESS } from "../edge/well-formed.js";
import { explain } from "../failure.js";
import { languageOf } from "../request/client-headers.js";
import { serveMount } from "./serve.js";

export interface ExpressOptions {
  readonly router: AnyTRPCRouter;
  readonly context: (request: Request, response: Response) => Context;
  readonly log: Log;
  readonly mounts: readonly Mount[];
}

/** Everything except the REST paths: tRPC and the mounts. */
export function createExpress(options: ExpressOptions) {
  const { log, context } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", "simple");

  // Thrown here, so that a malformed URL gets the same response on every path.
  app.use((request, _, next) => {
    decodeURIComponent(request.path);
    next();
  });
  app.use(
    "/trpc",
    onlyMethods("GET", "POST"),
    keepPath,
    refuseLargeBatch,
    createExpressMiddleware({
      router: options.router,
      createContext: ({ req, res }) => context(req, res),
      maxBodySize: BODY_LIMIT_BYTES,
      maxBatchSize: MAX_BATCH_SIZE,
      onError({ error, ctx }) {
        // What tRPC itself refuses is the caller's fault: strangers must not be able to fill the log with it.
        const isOurs = error.code === "INTERNAL_SERVER_ERROR" || error.cause instanceof AppError;
        // Without a context what failed came before it, and is logged all the same.
        if (isOurs) explain(error.cause ?? error, ctx ?? {}, log);
      },
      responseMeta({ ctx, errors, eagerGeneration }) {
        const waits = errors.map(retryAfterOf).filter((seconds) => seconds !== undefined);
        // As a plain object, which replaces tRPC's own headers instead of adding to them.
        const headers: Record<string, string | string[]> = { vary: "origin, trpc-accept, accept" };
        // Some of tRPC's own refusals would be sent as text. A stream already has its type.
        if (!eagerGeneration) headers["content-type"] = "application/json";
        if (ctx !== undefined) headers["x-request-id"] = ctx.requestId;
        if (ctx?.traceparent !== undefined) headers.traceparent = ctx.traceparent;
        if (ctx?.cookie !== undefined) headers["set-cookie"] = [...ctx.cookie.answers];
        if (waits.length > 0) headers["retry-after"] = String(Math.max(...waits));
        if (errors.some((error) => error.code === "UNAUTHORIZED")) headers["www-authenticate"] = "Bearer";
        return { headers };
      },
    }),
  );

  for (const mount of options.mounts) {
    app.all(
      mount.path,
      serveMount(mount, (error, request, response) => explain(error, context(request, response), log)),
    );
  }

  app.use((_, response) => refuse(response, 404, "Not Found"));
  // Express recognises an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const badAddress = error instanceof URIError;
    if (!badAddress) explain(error, context(request, response), log);
    if (response.headersSent) return response.destroy();
    return badAddress ? refuse(response, 400, BAD_ADDRESS) : refuse(response, 500, "Internal Server Error");
  });
  return (request: IncomingMessage, response: ServerResponse): void => {
    app(Object.assign(request, { url: plainTarget(request.url ?? "") }), response);
  };
}

/**
 * A well-formed target as Express reads it by itself: any other it gives to `url.parse`, for which Node writes a
 * warning.
 */
function plainTarget(target: string): string {
  const [origin = ""] = originForm(target).split("#", 1);
  const path = origin.startsWith("/") ? origin : `/${origin}`;
  return path.replace(/[^!-~]/g, encodeURIComponent);
}

/** Refuses every other method, because the handlers behind it may not know them all. */
function onlyMethods(...methods: readonly string[]) {
  return ({ method }: Request, response: Response, next: NextFunction) => {
    if (methods.includes(method)) return next();
    response.setHeader("Allow", methods.join(", "));
    return refuse(response, 405, "Method Not Allowed");
  };
}

/** tRPC reads the address as a URL, and would take what follows two slashes for a server. */
function keepPath(request: Request, _: Response, next: NextFunction) {
  request.url = request.url.replace(/^[/\\]{2,}/, "/");
  next();
}

/** Before tRPC, whose own refusal does not say how many calls are allowed. */
function refuseLargeBatch({ path, query, headers }: Request, response: Response, next: NextFunction) {
  if (!isBatchTooLarge(decodeURIComponent(path), query.batch)) return next();
  response.statusCode = 413;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(batchTooLargeBody(languageOf(headers["accept-language"]))));
}

/**
 * In the same form as on REST paths: Express's own way adds a charset, which JSON does not have (RFC 8259
 * 11).
 */
function refuse(response: ServerResponse, status: number, detail: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ detail }));
}
