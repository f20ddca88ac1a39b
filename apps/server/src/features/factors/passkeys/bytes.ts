/** The bytes of a base64url text; `undefined` unless it is their only spelling. */
export function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
