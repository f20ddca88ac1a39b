import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { createBridge, type Route } from "@latchkey/bridge";
import { readLifetimes } from "./features/sessions/index.js";
import type { Host } from "./host.js";
import { createAnswerRoom, ROOM } from "./http/edge/answer-room.js";
import { createEdge } from "./http/edge/edge.js";
import { answerHeaders } from "./http/edge/headers.js";
import { measureAnswers, measureCuts, measureHealth } from "./http/edge/measure.js";
import { explain } from "./http/failure.js";
import { docsMounts } from "./http/mounts/docs.js";
import { createExpress } from "./http/mounts/express.js";
import { type Health, healthMounts, type Readiness, readiness } from "./http/mounts/health.js";
import { openApiMount } from "./http/mounts/openapi.js";
import { contextOf } from "./http/request/context.js";
import { addressOf, networkOf, networksOfSocket, siteOf } from "./http/request/network.js";
import { createOriginWarning } from "./http/request/origin-warning.js";
import { createProxyWarning } from "./http/request/proxy-warning.js";
import { createSessionCookies } from "./http/request/session-cookie.js";
import type { Context } from "./rpc/context.js";
import { keepInCookie } from "./rpc/keep-in-cookie.js";
import { createObserve } from "./rpc/observe.js";
import { compose } from "./rpc/procedure.js";
import { createRouter, type Procedure } from "./rpc/router.js";
import { createGuard } from "./surfaces/principal.js";
import { type Features, openFeatures } from "./wiring/features.js";
import { passwordLengths, servedDocument } from "./wiring/openapi.js";
import type { AppSettings } from "./wiring/settings.js";

/** A server that does not listen yet. */
export interface App {
  readonly server: Server;
  readonly features: Features;
  readiness(): Readiness;
  /**
   * From now on `/readyz` answers 503, connections close with the last of their answers, and streams end.
   */
  startDraining(): void;
  /** Closes what was opened here; the host stays open. */
  close(): Promise<void>;
}

const DOCS_DIRECTORY = fileURLToPath(new URL("../dist/docs", import.meta.url));

/** Builds the server from features, surfaces and HTTP over a host. */
export async function createApp(host: Host, settings: AppSettings): Promise<App> {
  const { log, metrics } = host;
  const features = await openFeatures(host, settings, settings.http.workers);
  const { corsOrigins: origins, trustProxy, cookieSessions } = settings.http;
  const { accessMs, authMs, refreshWindowMs } = readLifetimes(settings.sessions);
  // As long as a token can be of any use.
  const maxAgeSeconds = Math.ceil(Math.max(accessMs, authMs, refreshWindowMs) / 1000);
  const deviceSeconds = settings.trustedDevices.days * 24 * 60 * 60;
  const sessionCookies =
    cookieSessions === "on" ? createSessionCookies({ origins, maxAgeSeconds, deviceSeconds }) : undefined;
  const procedures = composeAll(features, host, sessionCookies && keepInCookie);
  const warnOfProxy = createProxyWarning(trustProxy, log);
  const onCut = measureCuts(metrics);
  const answerRoom = createAnswerRoom(ROOM, onCut);
  const contextOptions = { trustedProxies: trustProxy, sessionCookies, answerRoom };
  const context = (request: IncomingMessage, response: ServerResponse) => {
    warnOfProxy(request);
    return contextOf(request, response, contextOptions);
  };
  let draining = false;
  const health: Health = {
    database: host.database.state,
    redis: features.blacklistState,
    draining: () => draining,
  };
  const mounts = [
    ...healthMounts(health),
    openApiMount(() => servedDocument(passwordLengths(settings.credentials))),
    ...docsMounts(DOCS_DIRECTORY),
    ...features.mounts,
  ];

  const bridge = createBridge<Context>({
    routes: procedures.flatMap(restRoute),
    elsewhere: mounts.map(({ path }) => path),
    context,
    language: (context) => context.language(),
    headers: ({ requestId, traceparent, cookie }, request) => {
      const headers = [...answerHeaders(request, origins), "X-Request-Id", requestId];
      if (traceparent !== undefined) headers.push("traceparent", traceparent);
      for (const answer of cookie?.answers ?? []) headers.push("Set-Cookie", answer);
      return headers;
    },
    explain: (error, context) => explain(error, context, log),
  });
  const rest = createExpress({ router: createRouter(procedures), context, log, mounts });

  const { server, startClosing } = createEdge({
    bridge,
    rest,
    origins,
    onLate: host.database.expireLook,
    counts: { inAll: settings.http.connections, perNetwork: settings.http.connectionsPerNetwork },
    pathOf(request) {
      const address = addressOf(request, trustProxy);
      return [siteOf(address), networkOf(address)];
    },
    networksOf: (socket) => networksOfSocket(socket, trustProxy),
    onCut,
  });
  server.prependListener("request", createOriginWarning(origins, log));
  if (metrics !== undefined) {
    measureHealth(health, metrics);
    measureAnswers(server, [...procedures.flatMap(restPaths), ...mounts.map(({ path }) => path)], metrics);
  }

  features.start();
  return {
    server,
    features,
    readiness: () => readiness(health),
    startDraining() {
      draining = true;
      startClosing();
      features.drain();
    },
    close: features.close,
  };
}

function composeAll(
  { surfaces, accounts, sessions, signIn, audit, events }: Features,
  host: Host,
  dress: typeof keepInCookie | undefined,
): Procedure[] {
  const observe = createObserve(host);
  const guard = createGuard({ ...sessions, requiring: accounts.requiring, ...signIn });
  const deps = { guard, audit: { ...audit, wasTold: events.wasTold } };
  return Object.entries(surfaces).flatMap(([namespace, { contract, handlers }]) =>
    Object.entries(contract).map(([name, procedure]) => {
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`${namespace}.${name} has no code`);
      const composed = compose(procedure, handler, deps);
      const endpoint = dress === undefined ? composed : dress(procedure, composed);
      return {
        namespace,
        name,
        contract: procedure,
        endpoint: observe(`${namespace}.${name}`, procedure, endpoint),
      };
    }),
  );
}

function restRoute({ contract, endpoint }: Procedure): Array<Route<Context>> {
  const { rest } = contract;
  return rest === undefined ? [] : [{ procedure: { ...contract, rest }, call: endpoint }];
}

function restPaths({ contract: { rest } }: Procedure): string[] {
  return rest === undefined ? [] : [rest.path, ...(rest.aliases ?? []).map(({ path }) => path)];
}
