import type { IncomingMessage } from "node:http";
import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { BodyRefused, readBytes, textOf } from "./read.js";
import { bodyMalformed, bodyMissing, bodyNotObject, type FieldError } from "./wire/fastapi.js";
import { parseJson } from "./wire/json.js";

/** A body that is not an object of JSON: answered like a field that does not fit. */
export class BodyInvalid extends Error {
  override readonly name = "BodyInvalid";
  readonly fieldError: FieldError;

  constructor(fieldError: FieldError) {
    super(fieldError.type);
    this.fieldError = fieldError;
  }
}

/** The input that comes in headers, under the names of the procedure's own keys. */
export function headerInput(
  request: IncomingMessage,
  headers: NonNullable<RestBinding["headers"]>,
): Record<string, unknown> {
  const present = Object.entries(headers).flatMap(([key, name]) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(present);
}

/** The input that comes in the body. A body without a content type is read as JSON. */
export async function bodyInput(request: IncomingMessage): Promise<object> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) throw new BodyInvalid(bodyMissing);
  const type = request.headers["content-type"];
  if (type !== undefined && type !== "" && !isJson(type)) throw new BodyInvalid(bodyNotObject);

  const result = parseJson(textOf(bytes));
  if ("tooDeep" in result) throw new BodyRefused(400, "There was an error parsing the body");
  if ("fault" in result) throw new BodyInvalid(bodyMalformed(result.fault));
  const { value } = result;
  if (value === null) throw new BodyInvalid(bodyMissing);
  if (typeof value !== "object" || Array.isArray(value)) throw new BodyInvalid(bodyNotObject);
  return value;
}

/** `application/json` or `application/*+json`, in any case, with any parameters. */
function isJson(contentType: string): boolean {
  const [main, subtype, ...rest] = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase().split("/");
  if (main !== "application" || subtype === undefined || rest.length > 0) return false;
  return subtype === "json" || subtype.endsWith("+json");
}
