import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { bearerOf, type Context } from "../rpc/context.js";
import { networkOf, type TrustedProxies } from "./network.js";

/** Tells this process's requests from another's. */
const PREFIX = randomBytes(6).toString("base64url");
let requests = 0;

/** What a procedure is told of a request. */
export function contextOf(request: IncomingMessage, trustedProxies: TrustedProxies): Context {
  requests++;
  return {
    requestId: `${PREFIX}-${requests.toString(36)}`,
    bearer: bearerOf(request.headers.authorization),
    network: () => networkOf(request, trustedProxies),
  };
}
