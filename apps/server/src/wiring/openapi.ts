import { openApiDocument } from "@latchkey/bridge";
import {
  PASSWORD_LENGTHS,
  type PasswordLengths,
  withPasswordLengths,
} from "@latchkey/contracts/fields/password-length";
import type { Contract } from "@latchkey/contracts/kit/procedure";
import { FEED_PATH, feedPath, feedTag } from "./openapi-feed.js";
import type { AppSettings } from "./settings.js";

/** How long new passwords must be, as the settings say. */
export function passwordLengths({ minLength, ...frozen }: AppSettings["credentials"]): PasswordLengths {
  return { users: frozen.minLengthUsers, auth: frozen.minLengthAuth, others: minLength };
}

/** The OpenAPI document of contracts by their namespaces, and of the revocation feed. */
export function describeApi(contracts: Readonly<Record<string, Contract>>) {
  return openApiDocument(contracts, {
    others: {
      paths: { [FEED_PATH]: feedPath },
      tags: [feedTag],
    },
    title: "Latchkey",
    version: "0.1.0",
    summary: "A self-hosted user login backend.",
    description:
      "Two REST surfaces over the same accounts and sessions, `/api/users` and `/api/auth`, and `/api/v1` " +
      "with later additions. An account registered on either surface can sign in on both, and a token from " +
      'either works on every protected path. An error has the body `{"detail":…}`, under `/api/v1` ' +
      '`{"error":{"code":…,"message":…}}`.',
    license: { name: "MIT", identifier: "MIT" },
    // Relative to the document, so that it is right behind a proxy's path prefix too.
    server: { url: ".", description: "The server that serves this document." },
  });
}

/**
 * The document of this server. The generated one is read unless the settings say something else than the
 * contracts; either is made at first use, because most processes are never asked for it.
 */
export async function servedDocument(lengths: PasswordLengths): Promise<unknown> {
  const isOrdinary =
    lengths.users === PASSWORD_LENGTHS.users &&
    lengths.auth === PASSWORD_LENGTHS.auth &&
    lengths.others === PASSWORD_LENGTHS.others;
  if (isOrdinary) {
    return (await import("@latchkey/contracts/openapi.json", { with: { type: "json" } })).default;
  }
  const { api } = await import("@latchkey/contracts/api");
  const contracts = Object.entries(api).map(([name, each]) => [
    name,
    withPasswordLengths<Contract>(name, each, lengths),
  ]);
  return describeApi(Object.fromEntries(contracts));
}
