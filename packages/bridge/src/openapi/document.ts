import { aboutOf, type Contract, type ProcedureContract } from "@latchkey/contracts/kit/procedure";
import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { responses } from "./answers.js";
import { Components, type Json } from "./components.js";
import { parameters, requestBody } from "./parameters.js";

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly summary: string;
  readonly description: string;
  readonly license: { readonly name: string; readonly identifier: string };
  readonly server: { readonly url: string; readonly description: string };
  /** What is served beside the procedures, in OpenAPI's own terms. */
  readonly others?: {
    readonly paths: Readonly<Record<string, Json>>;
    readonly tags: readonly Json[];
  };
}

/** The OpenAPI 3.1 document for every procedure that has a REST binding. */
export function openApiDocument(api: Readonly<Record<string, Contract>>, info: OpenApiInfo): Json {
  const components = new Components();
  const paths: { [path: string]: Json } = {};
  for (const [namespace, contract] of Object.entries(api)) {
    for (const [name, procedure] of Object.entries(contract)) {
      const { rest } = procedure;
      if (rest === undefined) continue;
      const id = operationId(namespace, name);
      const add = (path: string, operation: Json) => {
        paths[path] = { ...paths[path], [rest.method.toLowerCase()]: operation };
      };
      add(rest.path, describe({ ...procedure, rest }, { id, tag: namespace, components }));
      for (const { path, operationId, deprecated } of rest.aliases ?? []) {
        const operation = describe({ ...procedure, rest }, { id: operationId, tag: namespace, components });
        add(path, deprecated ? { ...operation, deprecated } : operation);
      }
    }
  }
  const { title, version, summary, description, license, others } = info;
  return {
    openapi: "3.1.1",
    info: { title, version, summary, description, license },
    servers: [info.server],
    tags: [
      ...Object.entries(api).map(([name, contract]) => ({ name, description: aboutOf(contract) })),
      ...(others?.tags ?? []),
    ],
    paths: { ...paths, ...others?.paths },
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-latchkey",
          description:
            "The same token, kept by a browser. If the server is configured for it, it gives a cookie to " +
            "pages of its own site that sign in with the header `Latchkey-Session: cookie`.",
        },
      },
    },
  };
}

function operationId(namespace: string, name: string): string {
  return `${namespace}${name[0]?.toUpperCase()}${name.slice(1)}`;
}

interface Where {
  readonly id: string;
  readonly tag: string;
  readonly components: Components;
}

function describe(
  procedure: ProcedureContract & { readonly rest: RestBinding },
  { id, tag, components }: Where,
): Json {
  return {
    operationId: id,
    tags: [tag],
    summary: procedure.summary,
    description: procedure.description,
    security: procedure.access === "public" ? [] : [{ bearer: [] }, { cookie: [] }],
    ...parameters(procedure),
    ...requestBody(procedure, components),
    responses: responses(procedure, components),
  };
}
