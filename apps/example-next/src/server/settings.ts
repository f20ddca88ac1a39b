/** How this server reaches Latchkey. It is read with each request, so a build needs none of it. */
export function latchkeySettings(): { readonly url: string; readonly secret: string } {
  const { LATCHKEY_URL: url = "http://localhost:8000", LATCHKEY_REFRESH_SECRET: secret = "" } = process.env;
  return { url, secret };
}
