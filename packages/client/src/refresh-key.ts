/**
 * The idempotency key for exchanging a token, derived from the token, so that all renderings with the same
 * expired cookie get the same successor. Only servers that know the secret can compute it; seeing it in a log
 * or a proxy reveals nothing.
 */
export async function refreshKeyOf(token: string, secret: string): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes(token)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
