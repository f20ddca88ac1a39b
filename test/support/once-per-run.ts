import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Something that all files of a test run share. */
export interface Shared {
  /** How a test accesses it. */
  readonly address: string;
  remove(): Promise<unknown>;
}

/** Created at most once per run, when the first test asks for it: some runs need none of it. */
export type Makers = Readonly<Record<string, () => Promise<Shared>>>;

export interface Offer {
  readonly url: string;
  /** Removes what was created; the next test that asks gets a new one. */
  clear(): Promise<void>;
  end(): Promise<void>;
}

/**
 * Offers the shared fixtures to all workers of a run, over HTTP: the first worker that asks waits while it is
 * created.
 */
export async function offerOncePerRun(makers: Makers): Promise<Offer> {
  const made = new Map<string, Promise<Shared>>();
  const get = (name: string) => {
    const known = made.get(name) ?? makers[name]?.();
    if (known === undefined) throw new Error(`There is no shared fixture ${name}`);
    made.set(name, known);
    return known;
  };
  const server = createServer(async (request, response) => {
    try {
      const { address } = await get(request.url?.slice(1) ?? "");
      response.end(address);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  // Building and installing may take long.
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clear = async () => {
    const all = [...made.values()];
    made.clear();
    for (const each of await Promise.allSettled(all)) {
      if (each.status === "fulfilled") await each.value.remove();
    }
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clear,
    async end() {
      server.closeAllConnections();
      server.close();
      await clear();
    },
  };
}
