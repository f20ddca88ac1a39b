import type { IncomingMessage } from "node:http";
import { BlockList, isIP, type Socket } from "node:net";
import { trimBlanks } from "@latchkey/guard/credentials";

/** Which hops in front of the server are the operator's own: a number of them, or those in these networks. */
export type TrustedProxies = { readonly hops: number } | { readonly networks: BlockList };

const UNKNOWN = "unknown";

/** How many proxies in a row are believed; further entries of `X-Forwarded-For` are not read. */
const MOST_PROXIES = 32;
/** Longer than an IPv6 address with its zone, brackets and port. */
const LONGEST_ENTRY = 128;

/** The network of an address: an IPv4 address itself, or the /64 of an IPv6 address, in canonical spelling. */
export function networkOf(address: string): string {
  return prefix(address, 64);
}

/**
 * The site of an address: an IPv4 address itself, or the /48 of an IPv6 address, which is what an organisation
 * is usually given.
 */
export function siteOf(address: string): string {
  return prefix(address, 48);
}

/** The address that a request came from, in canonical spelling; `unknown` if the connection is gone. */
export function addressOf(request: IncomingMessage, trusted: TrustedProxies): string {
  return clientOf(request, trusted) ?? UNKNOWN;
}

/**
 * The networks that a connection comes from, the narrowest first: an IPv4 address, or the /64 and the /48 of
 * an IPv6 address. None for a proxy of the operator's, which brings the requests of many.
 */
export function networksOfSocket(socket: Socket, trusted: TrustedProxies): readonly string[] {
  const address = remoteOf(socket);
  if (address === undefined || isFromProxy(socket, trusted)) return [];
  return isIP(address) === 4 ? [address] : [prefix(address, 64), prefix(address, 48)];
}

/** Whether a connection comes from one of the operator's proxies. */
export function isFromProxy(socket: Socket, trusted: TrustedProxies): boolean {
  return "hops" in trusted ? trusted.hops > 0 : isOneOf(trusted.networks, remoteOf(socket));
}

/** The other end of a connection, spelled canonically once for all its requests. */
function remoteOf(socket: Socket): string | undefined {
  const known = remotes.get(socket);
  if (known !== undefined) return known;
  const address = canonical(socket.remoteAddress ?? "");
  if (address !== undefined) remotes.set(socket, address);
  return address;
}
const remotes = new WeakMap<Socket, string>();

/** `X-Forwarded-For`, which clients can forge, counts only behind proxies that the operator has named. */
function clientOf(request: IncomingMessage, trusted: TrustedProxies): string | undefined {
  const remote = remoteOf(request.socket);
  const forwarded = request.headers["x-forwarded-for"];
  if (forwarded === undefined || ("hops" in trusted && trusted.hops === 0)) return remote;
  return "hops" in trusted
    ? hopsBack(remote, String(forwarded), trusted.hops)
    : firstForeign(remote, String(forwarded), trusted.networks);
}

/** The address that the outermost of `count` proxies saw. */
function hopsBack(remote: string | undefined, forwarded: string, count: number): string | undefined {
  let seen = "";
  let left = count;
  for (const entry of fromRight(forwarded)) {
    seen = entry;
    left--;
    if (left === 0) break;
  }
  // An unreadable entry proves nothing, and certainly not that the entries before it, which the client may
  // have forged, are true.
  return canonical(seen) ?? remote;
}

/**
 * From the right, the first address that is not one of our proxies. If all of them are, the client is in their
 * network, and the last of them is its own.
 */
function firstForeign(remote: string | undefined, forwarded: string, own: BlockList): string | undefined {
  if (!isOneOf(own, remote)) return remote;
  let left = MOST_PROXIES;
  let innermost = remote;
  for (const entry of fromRight(forwarded)) {
    const address = canonical(entry);
    if (!isOneOf(own, address)) return address ?? remote;
    innermost = address;
    left--;
    if (left === 0) return remote;
  }
  return innermost;
}

/** The entries of a list, the last one first: clients can make it long, and what they wrote is on the left. */
function* fromRight(list: string): Generator<string> {
  for (let end = list.length; ; ) {
    const comma = end === 0 ? -1 : list.lastIndexOf(",", end - 1);
    yield list.slice(comma + 1, end);
    if (comma === -1) return;
    end = comma;
  }
}

const isOneOf = (networks: BlockList, address: string | undefined) =>
  address !== undefined && networks.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");

/** The canonical spelling of an address; an IPv4 address inside IPv6 becomes an IPv4 address. */
function canonical(text: string): string | undefined {
  if (text.length > LONGEST_ENTRY) return undefined;
  const address = trimBlanks(text)
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/%.*$/, "");
  const bare = isIP(address) === 0 ? address.replace(/:\d+$/, "") : address;
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) !== 6) return undefined;
  const spelled = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(spelled);
  if (mapped === null) return spelled;
  const bits = (Number.parseInt(mapped[1] ?? "", 16) << 16) | Number.parseInt(mapped[2] ?? "", 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

/** A client with an IPv6 address controls its whole /64, and may well control the /48. */
function prefix(address: string, bits: 48 | 64): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)];
  return `${all.slice(0, bits / 16).join(":")}::/${bits}`;
}

/** Reads the setting: a number of hops, or networks such as `10.0.0.0/8, fd00::/8`. */
export function parseTrustedProxies(
  text: string,
): { readonly value: TrustedProxies } | { readonly fault: string } {
  if (/^\d+$/.test(text) && Number(text) <= MOST_PROXIES) return { value: { hops: Number(text) } };
  const networks = new BlockList();
  for (const entry of text.split(",")) {
    const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry.trim()) ?? [];
    const version = isIP(address);
    const longest = version === 4 ? 32 : 128;
    const length = bits === undefined ? longest : Number(bits);
    // A length of 0 is the whole Internet: everybody could claim any address.
    if (version === 0 || length < 1 || length > longest) {
      return { fault: "must be a number of proxies, or their networks such as 10.0.0.0/8,fd00::/8" };
    }
    networks.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
  return { value: { networks } };
}
