/** 128 random bits as 32 hexadecimal digits. Not `crypto.randomUUID`: pages without HTTPS lack it. */
export function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
