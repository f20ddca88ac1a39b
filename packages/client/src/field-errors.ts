/**
 * What is wrong with each field, by its name: `fieldErrors(error).email`. Nested fields are joined with dots; what
 * concerns the input as a whole stands under `""`.
 *
 * It reads an error of this client, one that `rpc` threw, and the body of a REST answer: `{ error: { fields } }`, or
 * `{ detail: […] }` as Pydantic writes it, version 1 or 2. Anything else has no field errors.
 */
export function fieldErrors(failure: unknown): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  for (const { path, loc, message, msg } of entriesOf(failure)) {
    // Pydantic says first where the input lay: in the body, the query, a header.
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
  // Safe: whatever is not as it should be is passed over.
  const { fields, detail, data, error } = (failure ?? {}) as Failure;
  const entries = fields ?? detail ?? data?.fields ?? error?.fields;
  return Array.isArray(entries) ? entries : [];
}
