import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import pg from "pg";
import { type Address, addressOf } from "./url.js";

/** Numbers of 64 bits arrive as JavaScript's: times in milliseconds and row numbers fit. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** What lies between this program and PostgreSQL. `transaction`: a pooler that lends connections per transaction. */
export type Pooler = "none" | "transaction";

/** PostgreSQL ends a statement, a wait for a lock, and a transaction in which nothing happens, after this long. */
const SERVER_LIMITS_MS = {
  statement_timeout: 5000,
  lock_timeout: 2000,
  idle_in_transaction_session_timeout: 1000,
} as const;

/** Makes clients for one database. They send statements at once, and get the answers in order. */
export interface Clients {
  readonly address: Address;
  readonly pooler: Pooler;
  /** Opens a transaction. */
  readonly begin: string;
  /** Makes a client that is not connected yet; connecting may take this long. */
  make(connectMs: number): Client;
  /** What the driver's pool makes its clients of. */
  config(connectMs: number): pg.ClientConfig;
  /** Closes all sockets at once. */
  destroy(): void;
}

export interface Client {
  readonly client: pg.Client;
  /** Closes its socket at once, so that everything that waits for it fails. */
  destroy(): void;
}

export interface ClientsOptions {
  readonly url: string;
  readonly pooler?: Pooler | undefined;
  /** Whether all writes are refused. */
  readonly isReadOnly?: boolean | undefined;
}

/** Reads the certificates that are trusted, if a file of them is named. */
export function openClients({ url, pooler = "none", isReadOnly = false }: ClientsOptions): Clients {
  const address = addressOf(url);
  const { host, port, user, database } = address;
  const sockets = new Set<Socket>();
  const common: pg.ClientConfig = {
    host,
    port,
    user,
    database,
    // Without one, the driver would take one from the environment; and a function is never printed.
    password: () => address.password,
    ssl: tlsOf(address),
    application_name: "latchkey",
    keepAlive: true,
    pipeline: true,
    // A pooler refuses what it cannot give to all of its own connections.
    ...(pooler === "none" && { ...SERVER_LIMITS_MS, ...startOptions(address, isReadOnly) }),
  };
  const openSocket = () => {
    const socket = new Socket();
    sockets.add(socket);
    return socket.once("close", () => sockets.delete(socket));
  };
  return {
    address,
    pooler,
    begin: beginOf(pooler, isReadOnly),
    make(connectMs) {
      const socket = openSocket();
      const config = { ...common, connectionTimeoutMillis: connectMs, stream: () => socket };
      return { client: new pg.Client(config), destroy: () => void socket.destroy() };
    },
    config: (connectMs) => ({ ...common, connectionTimeoutMillis: connectMs, stream: openSocket }),
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function tlsOf({ tls, rootFile }: Address): pg.ClientConfig["ssl"] {
  if (tls === "off") return false;
  if (tls === "unverified") return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ...(rootFile !== undefined && { ca: readRoot(rootFile) }) };
}

function readRoot(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw Object.assign(new Error("sslrootcert cannot be read", { cause }), { code: "POSTGRES_ROOT_FILE" });
  }
}

function startOptions({ schema }: Address, isReadOnly: boolean): { readonly options?: string } {
  const all = [
    ...(isReadOnly ? ["default_transaction_read_only=on"] : []),
    ...(schema === undefined ? [] : [`search_path=${schema}`]),
  ];
  return all.length === 0 ? {} : { options: all.map((each) => `-c ${each}`).join(" ") };
}

/** A pooler's connections know no limits of ours. */
function beginOf(pooler: Pooler, isReadOnly: boolean): string {
  const begin = isReadOnly ? "BEGIN READ ONLY" : "BEGIN";
  if (pooler === "none") return begin;
  const limits = Object.entries(SERVER_LIMITS_MS).map(([name, ms]) => `SET LOCAL ${name} = ${ms}`);
  return [begin, ...limits].join("; ");
}
