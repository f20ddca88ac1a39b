/**
 * What is wrong with each field, by name: `fieldErrors(error).email`. Nested fields are joined with dots; an
 * error about the input as a whole is under `""`.
 *
 * It reads an error of this client, an error thrown by `rpc`, and the body of a REST answer:
 * `{ error: { fields } }`, or `{ detail: […] }` as Pydantic version 1 or 2 writes it. Anything else has no
 * field errors.
 */
export function fieldErrors(failure: unknown): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  for (const { path, loc, message, msg } of entriesOf(failure)) {
    // Pydantic puts the part of the request first: the body, the query, a header.
    const name = (path ?? loc?.slice(1) ?? []).join(".");
    named[name] ??= message ?? msg ?? "";
  }
  return named;
}

interface Entry {
  readonly path?: ReadonlyArray<string | number>;
  readonly message?: string;
  readonly loc?: ReadonlyArray<string | number>;
  readonly msg?: string;
}

interface Failure {
  readonly fields?: readonly Entry[];
  readonly detail?: readonly Entry[] | string;
  readonly data?: Failure | null;
  readonly error?: Failure | null;
}

function entriesOf(failure: unknown): readonly Entry[] {
  // Safe: whatever does not have the expected shape is skipped.
  const { fields, detail, data, error } = (failure ?? {}) as Failure;
  const entries = fields ?? detail ?? data?.fields ?? error?.fields;
  return Array.isArray(entries) ? entries : [];
}
