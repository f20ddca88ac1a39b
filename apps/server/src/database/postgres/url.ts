import { isAbsolute } from "node:path";
import { namesLoopback } from "../../world/loopback.js";

/** Where a PostgreSQL database is, and how it is reached. */
export interface Address {
  /** A name or an address; a path if it is the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `verify`: encrypted, and the server must prove that it is `host`. */
  readonly tls: "off" | "unverified" | "verify";
  /** The file of the certificate authorities that are trusted; absent: those that Node knows. */
  readonly rootFile: string | undefined;
  /** Where its tables are; absent: where the role's own settings say. */
  readonly schema: string | undefined;
}

type Parsed<T> = { readonly value: T } | { readonly fault: string };

/** Whether a `DATABASE_URL` is meant for PostgreSQL. */
export const isPostgresUrl = (value: string) => /^postgres(ql)?:/i.test(value);

const EXAMPLE = "postgres://user:password@host:5432/database";
/** With a socket's folder as a parameter the host is left out, which other URLs cannot do. */
const NO_HOST = /^(postgres(?:ql)?:\/\/[^@/?]*@)\/(?=[^?]*\?(.*&)?host=)/i;
const PARAMETERS = ["sslmode", "sslrootcert", "host", "schema"];

/** Checks a URL. A fault never quotes it, because it may contain a password. */
export function parsePostgresUrl(value: string): Parsed<string> {
  const parsed = parse(value);
  return "fault" in parsed ? parsed : { value };
}

/** The parts of a URL that was checked. */
export function addressOf(url: string): Address {
  const parsed = parse(url);
  if ("fault" in parsed) throw new Error(`DATABASE_URL ${parsed.fault}`);
  return parsed.value;
}

/** A database without its password, for people. */
export function describeAddress({ user, host, port, database }: Address): string {
  return `${database} on ${host}:${port} as ${user}`;
}

function parse(value: string): Parsed<Address> {
  if (value.includes("#")) return { fault: "must have %23 for each # of its password" };
  const complete = value.replace(NO_HOST, "$1localhost/");
  if (!/^postgres(ql)?:\/\//i.test(value) || !URL.canParse(complete)) return { fault: `must be ${EXAMPLE}` };
  const url = new URL(complete);
  const parts = decodeAll({
    user: url.username,
    password: url.password,
    database: url.pathname.slice(1),
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
  });
  if (parts === undefined)
    return { fault: "must have two hexadecimal digits after each %, and %25 for % itself" };
  const { user, password, database, host } = parts;
  const names = [...url.searchParams.keys()];
  // A password with an unescaped ? would show up here: it is not quoted.
  if (names.some((name) => !PARAMETERS.includes(name)) || new Set(names).size < names.length) {
    return { fault: `must have no parameters after the ? other than ${PARAMETERS.join(", ")}, each once` };
  }
  const folder = url.searchParams.get("host") ?? undefined;
  if (folder !== undefined && (!isAbsolute(folder) || host !== "localhost")) {
    return {
      fault: "must have the host before the database; the parameter host is for a Unix socket's folder",
    };
  }
  if (folder === undefined && host === "") return { fault: `must name a host: ${EXAMPLE}` };
  if (host.includes(","))
    return { fault: "must name one host: use a name or proxy that leads to the primary" };
  if (user === "") return { fault: `must name a user: ${EXAMPLE}` };
  if (database === "" || database.includes("/")) return { fault: `must name a database: ${EXAMPLE}` };
  const schema = url.searchParams.get("schema") ?? undefined;
  if (schema !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    return { fault: "must have a schema of lower-case letters, digits and _" };
  }
  const tls = readTls(url.searchParams, folder !== undefined || namesLoopback(url.hostname));
  if ("fault" in tls) return tls;
  const port = url.port === "" ? 5432 : Number(url.port);
  return { value: { host: folder ?? host, port, user, password, database, schema, ...tls.value } };
}

function readTls(parameters: URLSearchParams, isLocal: boolean): Parsed<Pick<Address, "tls" | "rootFile">> {
  const mode = parameters.get("sslmode") ?? (isLocal ? "disable" : undefined);
  const rootFile = parameters.get("sslrootcert") ?? undefined;
  if (rootFile !== undefined && (mode !== "verify-full" || !isAbsolute(rootFile))) {
    return {
      fault: "must have sslrootcert only with sslmode=verify-full, and as the absolute path of a file",
    };
  }
  switch (mode) {
    case "verify-full":
      return { value: { tls: "verify", rootFile } };
    case "no-verify":
      return { value: { tls: "unverified", rootFile } };
    case "disable":
      return { value: { tls: "off", rootFile } };
    case undefined:
      return {
        fault:
          "must say whether the connection is encrypted: add ?sslmode=verify-full, or ?sslmode=disable in a " +
          "network that you trust with all passwords",
      };
    default:
      return {
        fault:
          "must have sslmode=verify-full, sslmode=no-verify (encrypted, but to any server) or sslmode=disable: " +
          "other programs understand the other words differently",
      };
  }
}

function decodeAll<K extends string>(parts: Readonly<Record<K, string>>): Record<K, string> | undefined {
  try {
    const entries = Object.entries<string>(parts).map(([name, part]) => [name, decodeURIComponent(part)]);
    const decoded = Object.fromEntries(entries) as Record<K, string>; // Safe: the same names.
    return entries.some(([, part]) => part?.includes("\0")) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
