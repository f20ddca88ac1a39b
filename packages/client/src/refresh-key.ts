/**
 * The idempotency key with which a token is exchanged, made of the token: whoever renders with one and the same expired
 * cookie gets one and the same successor. It is a digest, so that what a log or a proxy sees of it gives nothing away.
 */
export async function refreshKeyOf(token: string, secret = "latchkey"): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes(token)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
