import { once } from "node:events";
import { connect } from "node:net";

/** An answer as it was received. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case, in the order received. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: string;
}

/** A request whose every byte is chosen by the test; only its length is always correct. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body?: string | Uint8Array;
}

/** Sends a request on its own connection. Rejects unless exactly one answer comes back. */
export async function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  const { method, target, headers = [], body = "" } = request;
  const bytes = Buffer.from(body);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    "Host: a",
    "Connection: close",
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : []),
  ];
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk)).on("error", () => {});
  socket.write(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), bytes]));
  await once(socket, "close");
  return parse(Buffer.concat(chunks), method);
}

function parse(bytes: Buffer, method: string): RawAnswer {
  const text = bytes.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
  if (end === -1 || status === undefined) throw new Error(`This is not an answer: ${JSON.stringify(text)}`);
  const headers = lines.map((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const;
  });
  const headerOf = (name: string) => headers.find((header) => header[0] === name)?.[1];
  const rest = bytes.subarray(end + 4);
  const body = headerOf("transfer-encoding") === "chunked" ? dechunk(rest) : rest;
  const length = Number(headerOf("content-length") ?? body.length);
  if (method !== "HEAD" && body.length !== length) {
    throw new Error(`${length} bytes were promised, ${body.length} came: ${JSON.stringify(text)}`);
  }
  return { status: Number(status), headers, body: body.toString("utf8") };
}

/** The body of chunks (RFC 9112 7.1); nothing may follow the last one. */
function dechunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (lineEnd === -1 || Number.isNaN(size)) throw new Error("The chunks end too early");
    const start = lineEnd + 2;
    if (size === 0 && start + 2 !== bytes.length) throw new Error("Something follows the answer");
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
