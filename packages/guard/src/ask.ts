/** Sends one request, like the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The Latchkey server could not be reached, or something else answered: nothing is known about the token. */
export class ServerAway extends Error {
  override readonly name = "ServerAway";
}

/** How long the server may take to answer, including the body. */
const PATIENCE_MS = 3000;
/** Its answers are a tenth of this. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** The server's answer. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks the server, within limits of time and size. Throws {@link ServerAway} if no usable answer came back.
 */
export async function ask(
  fetch: Fetch,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<ServerAnswer> {
  try {
    const init: RequestInit & { readonly cache: "no-store" } = {
      headers,
      // Tokens are sent only to the configured server, and keys come only from it: redirects are not
      // followed.
      redirect: "manual",
      // Some frameworks' `fetch` caches answers: a revoked token would still be accepted.
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    };
    const response = await fetch(url, init);
    return { status: response.status, body: await textOf(response) };
  } catch (error) {
    throw new ServerAway(`The Latchkey server did not answer at ${url}`, { cause: error });
  }
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw new Error(`The answer has more than ${MAX_ANSWER_BYTES} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}
