/** About how many bytes a value takes as JSON. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value) + 2;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 2;
  if (Array.isArray(value)) for (const each of value) bytes += sizeOf(each) + 1;
  else for (const [key, each] of Object.entries(value)) bytes += key.length + 4 + sizeOf(each);
  return bytes;
}
