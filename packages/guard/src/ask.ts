/** Sends one request, as the global `fetch` does. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The Latchkey server could not be asked, or what answered was not it: nothing is known of the token. */
export class ServerAway extends Error {
  override readonly name = "ServerAway";
}

/** How long the server has for an answer, its body included. */
const PATIENCE_MS = 3000;
/** Its answers are a tenth of this. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** How the server answered. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks the server, within bounds of time and size. Throws {@link ServerAway} where nothing of use came back. */
export async function ask(
  fetch: Fetch,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<ServerAnswer> {
  try {
    const init: RequestInit & { readonly cache: "no-store" } = {
      headers,
      // A token goes to the server that was named, and keys come from it, never from where somebody points.
      redirect: "manual",
      // Some frameworks' `fetch` remembers answers: a revoked token would go on being accepted.
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
