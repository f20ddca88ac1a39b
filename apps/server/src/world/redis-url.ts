/** Where Redis is, and who may use it. */
export interface RedisPlace {
  /** `sentinel`: `hosts` are sentinels, which know the primary; `cluster`: `hosts` are nodes of a cluster. */
  readonly kind: "sentinel" | "cluster";
  readonly hosts: ReadonlyArray<{ readonly host: string; readonly port: number }>;
  readonly isEncrypted: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The name that sentinels have for the primary; empty in a cluster. */
  readonly primary: string;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
}

type Parsed<T> = { readonly value: T } | { readonly fault: string };

const MANY = /^redis(s?)-(sentinel|cluster):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/i;
const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i;
const PORTS = { sentinel: 26379, cluster: 6379 } as const;
const SENTINEL_PARAMETERS = ["sentinelUsername", "sentinelPassword"];

const KINDS =
  "must be a redis:// or rediss:// URL, redis-sentinel://host:26379,host:26379/primary or " +
  "redis-cluster://host:6379,host:6379";

/** Checks a `REDIS_URL`. A fault never quotes it, because it may contain a password. */
export function parseRedisUrl(value: string): Parsed<string> {
  if (/^rediss?:\/\//i.test(value)) return URL.canParse(value) ? { value } : { fault: KINDS };
  const parsed = parse(value);
  return "fault" in parsed ? parsed : { value };
}

/** The parts of a URL that was checked, if it names more than one server. */
export function redisPlaceOf(url: string): RedisPlace | undefined {
  if (/^rediss?:\/\//i.test(url)) return undefined;
  const parsed = parse(url);
  if ("fault" in parsed) throw new Error(`REDIS_URL ${parsed.fault}`);
  return parsed.value;
}

function parse(value: string): Parsed<RedisPlace> {
  const match = MANY.exec(value);
  if (match === null) return { fault: KINDS };
  const [, tls = "", kindText = "", credentials = "", hostList = "", primary = "", query = ""] = match;
  const kind = kindText.toLowerCase() === "sentinel" ? "sentinel" : "cluster";
  if ((kind === "sentinel") !== (primary !== "")) return { fault: KINDS };
  const hosts = hostList.split(",").flatMap((text) => {
    const [, host = "", port = String(PORTS[kind])] = HOST.exec(text) ?? [];
    const isValid = host !== "" && Number(port) > 0 && Number(port) < 65_536;
    return isValid ? [{ host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) }] : [];
  });
  if (hosts.length < hostList.split(",").length) return { fault: KINDS };
  const parameters = new URLSearchParams(query);
  const allowed = kind === "sentinel" ? SENTINEL_PARAMETERS : [];
  if ([...parameters.keys()].some((name) => !allowed.includes(name))) {
    return { fault: `must have no parameters after the ? other than ${SENTINEL_PARAMETERS.join(", ")}` };
  }
  const [username = "", password = ""] = splitOnce(credentials);
  try {
    return {
      value: {
        kind,
        hosts,
        isEncrypted: tls !== "",
        username: decodeURIComponent(username) || undefined,
        password: decodeURIComponent(password) || undefined,
        primary: decodeURIComponent(primary),
        sentinelUsername: parameters.get("sentinelUsername") ?? undefined,
        sentinelPassword: parameters.get("sentinelPassword") ?? undefined,
      },
    };
  } catch {
    return { fault: "must have two hexadecimal digits after each %, and %25 for % itself" };
  }
}

/** A password may contain colons. */
function splitOnce(credentials: string): string[] {
  const at = credentials.indexOf(":");
  return at < 0 ? [credentials] : [credentials.slice(0, at), credentials.slice(at + 1)];
}
