import { pipeline, Readable } from "node:stream";
import { type Failure, wireOf } from "@latchkey/bridge";
import type { Request, RequestHandler, Response } from "express";
import { AppError, toAnswerable } from "../../error.js";
import type { Answer, Mount } from "../../mount.js";
import { languageOf } from "../request/client-headers.js";
import { outletOf } from "./outlet.js";

const PIECE_BYTES = 64 * 1024;
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Serves a mount. Its errors are answered in the wire format of its path. */
export function serveMount(
  { path, answer }: Mount,
  explain: (error: unknown, request: Request, response: Response) => Failure,
): RequestHandler {
  const wire = wireOf(path);
  const refuse = (
    response: Response,
    { status, body }: ReturnType<typeof wire.refusal>,
    headers: Answer["headers"],
  ) => {
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    // Express's own way adds a charset, which JSON does not have (RFC 8259 11).
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(body));
  };

  return async (request, response, next) => {
    const language = languageOf(request.headers["accept-language"]);
    if (!METHODS.has(request.method))
      return refuse(response, wire.refusal("method not allowed", language), {
        Allow: [...METHODS].join(", "),
      });
    try {
      const answered = await answer(request);
      return answered === undefined ? next() : send(response, answered);
    } catch (error) {
      const failure = explain(error, request, response);
      if (!(toAnswerable(error) instanceof AppError) || failure.kind !== "raised") throw error;
      const { retryAfterSeconds, definition } = failure;
      refuse(response, wire.failure({ method: "GET", path: "/api/" }, failure, language), {
        ...(definition.status === 401 && { "WWW-Authenticate": "Bearer" }),
        ...(retryAfterSeconds !== undefined && { "Retry-After": String(retryAfterSeconds) }),
      });
    }
  };
}

function send(response: Response, answer: Answer): void {
  response.status(answer.status ?? 200).set(answer.headers ?? {});
  if ("json" in answer) response.json(answer.json);
  else if ("stream" in answer) {
    if (response.req.method === "HEAD") response.end();
    else answer.stream(outletOf(response));
  } else if (typeof answer.body === "string") response.send(answer.body);
  else if (answer.body.length <= PIECE_BYTES || response.req.method === "HEAD") response.end(answer.body);
  else {
    response.setHeader("Content-Length", answer.body.length);
    // A caller who leaves in the middle has closed the response already.
    pipeline(Readable.from(pieces(answer.body)), response, () => {});
  }
}

/** Sends the bytes piece by piece as they are taken, without copying them: one piece at most is pending. */
function* pieces(body: Buffer) {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
}
