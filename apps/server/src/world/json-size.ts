/** About how many bytes a value takes as JSON. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value) + 2;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 2;
  if (Array.isArray(value)) for (const each of value) bytes += sizeOf(each) + 1;
  else for (const [key, each] of Object.entries(value)) bytes += key.length + 4 + sizeOf(each);
  return bytes;
}

/** What is smaller need not be measured exactly. */
const SMALL_BYTES = 1024;

/** The same, but of a small value only that it is not larger: nearly every answer is small. */
export function roughSizeOf(value: unknown): number {
  const most = mostOf(value);
  return most <= SMALL_BYTES ? most : sizeOf(value);
}

/** An upper bound that needs no look into the texts, unless it is more than small. */
function mostOf(value: unknown): number {
  if (typeof value === "string") return 3 * value.length + 2;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 2;
  for (const key in value) {
    // Safe: it is a key of it.
    bytes += key.length + 4 + mostOf((value as Readonly<Record<string, unknown>>)[key]);
    if (bytes > SMALL_BYTES) break;
  }
  return bytes;
}
