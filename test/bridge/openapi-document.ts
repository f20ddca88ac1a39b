import openApi from "@latchkey/contracts/openapi.json" with { type: "json" };

export interface DocumentedResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content: {
    readonly "application/json": {
      readonly example?: unknown;
      readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
    };
  };
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>;
  readonly deprecated?: boolean;
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly schema: unknown }>;
  readonly requestBody?: {
    readonly content: { readonly "application/json": { readonly example: Readonly<Record<string, string>> } };
  };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

/** The committed document. */
export const document = openApi;

/** Every operation of the document, by `METHOD /path`. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(openApi.paths as Readonly<Record<string, Readonly<Record<string, unknown>>>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(
        // Safe: the generator writes no other shape, and the linter reads the same document.
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation as Operation] as const,
      ),
  ),
);

/** The operations of the two API documents, for which every status and body is fixed. */
export const seedOperations = [...operations].filter(([name]) => !name.includes(" /api/v1/"));
