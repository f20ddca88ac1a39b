import type { AnyErrorDefinition, DataErrorDefinition } from "@latchkey/contracts/kit/errors";
import { z } from "zod";

const location = z.array(z.union([z.string(), z.int()]));
const ValidationError = z
  .object({
    loc: location,
    msg: z.string(),
    type: z.string(),
    ctx: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "ValidationError", description: "What is wrong with one field." });
const HTTPValidationError = z
  .object({ detail: z.array(ValidationError) })
  .meta({ id: "HTTPValidationError", description: "One entry per field, in the order of the fields." });
const HTTPError = z
  .object({ detail: z.string().meta({ description: "A sentence to show to the user." }) })
  .meta({ id: "HTTPError", description: "Every other error." });
const MixedError = z.union([HTTPError, HTTPValidationError]);

const code = { description: "What programs branch on: permanent." };
const message = z
  .string()
  .meta({ description: "A sentence to show to the user, in the language of the request." });
const retryAfterSeconds = z.int().optional().meta({ description: "The same number as in `Retry-After`." });

const PlainError = z
  .object({
    error: z.object({
      code: z.string().meta(code),
      message,
      fields: z
        .array(z.object({ path: location, message: z.string() }))
        .optional()
        .meta({
          description: "With `INVALID_INPUT`: one entry per field; each message follows the field's name.",
        }),
      retryAfterSeconds,
    }),
  })
  .meta({ id: "Error", description: "Every error under `/api/v1`." });

/** The schema of the fixed bodies of some errors, of each of which it is said whether it names fields. */
export function fixedErrors(nameFields: readonly boolean[]): z.ZodType {
  if (!nameFields.includes(false)) return HTTPValidationError;
  return nameFields.includes(true) ? MixedError : HTTPError;
}

/** The schema of some errors under `/api/v1`: one for all that have no data, and one for each that has. */
export function plainErrors(definitions: ReadonlyArray<AnyErrorDefinition | undefined>): z.ZodType {
  const own = definitions.flatMap((each) => (each?.data === undefined ? [] : [dataError(each)]));
  const schemas = own.length === definitions.length ? own : [PlainError, ...own];
  const [only] = schemas;
  return schemas.length === 1 && only !== undefined ? only : z.union(schemas);
}

function dataError(definition: DataErrorDefinition): z.ZodType {
  const { code: value, message: description, data } = definition;
  return z
    .object({
      error: z.object({ code: z.literal(value).meta(code), message, retryAfterSeconds, next: data }),
    })
    .meta({ id: `${pascalCase(value)}Error`, description });
}

/** `FACTOR_REQUIRED` as `FactorRequired`. */
function pascalCase(code: string): string {
  return code.toLowerCase().replace(/(?:^|_)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}
