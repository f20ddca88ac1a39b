/** 128 random bits as 32 hexadecimal digits. Not `crypto.randomUUID`: pages without HTTPS lack it. */
export function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** Whether it is such an id. */
export function isRandomId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}
