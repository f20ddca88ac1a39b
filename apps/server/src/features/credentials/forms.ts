/**
 * A password as it is hashed, prepared as RFC 8265 says (OpaqueString): every blank as U+0020, and in NFC.
 * macOS and Windows, and keyboards for different languages, type the same password differently.
 */
export function preparedPassword(typed: string): string {
  return typed.replace(/\p{Zs}/gu, " ").normalize("NFC");
}

/**
 * The forms in which a typed password may have been hashed, in the order in which they are compared. Hashes
 * that other systems made, or that were made before passwords were prepared, are of the typed text.
 */
export function formsOf(typed: string): readonly string[] {
  const prepared = preparedPassword(typed);
  return prepared === typed ? [prepared] : [prepared, typed];
}

/** Whether two typed passwords are one. */
export function isSamePassword(one: string, other: string): boolean {
  return preparedPassword(one) === preparedPassword(other);
}
