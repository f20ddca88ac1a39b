import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Something that all files of a test run share. */
export interface Shared {
  /** How a test gets at it. */
  readonly address: string;
  remove(): Promise<unknown>;
}

/** What is made at most once in a run, when the first test asks for it: some runs need none of it. */
export type Makers = Readonly<Record<string, () => Promise<Shared>>>;

export interface Offer {
  readonly url: string;
  /** Removes what was made; it is made anew for who asks again. */
  clear(): Promise<void>;
  end(): Promise<void>;
}

/** Offers what tests share to all workers of a run, by HTTP: whoever asks first waits while it is made. */
export async function offerOncePerRun(makers: Makers): Promise<Offer> {
  const made = new Map<string, Promise<Shared>>();
  const get = (name: string) => {
    const known = made.get(name) ?? makers[name]?.();
    if (known === undefined) throw new Error(`Nobody makes ${name}`);
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
  // It may take as long as it takes to build and install.
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
