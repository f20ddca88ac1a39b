import { connect, type Socket } from "node:net";

export type Header = readonly [name: string, value: string];

/** A request whose every byte is chosen by its author; only the length of its body is added. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly Header[];
  /** Sent as JSON, with its content type. */
  readonly json?: unknown;
  /** Sent as it is, with no content type unless `headers` names one. */
  readonly body?: string | Uint8Array;
}

/** An answer as it came: its head to the letter, its body without the framing. */
export interface WireAnswer {
  readonly status: number;
  /** Status line and headers without the last line break; interim answers (1xx) come first. */
  readonly head: string;
  readonly body: Buffer;
}

/** A client that keeps its connection open as long as the server does. */
export interface Wire {
  send(request: WireRequest): Promise<WireAnswer>;
  /** Sends requests in one piece, without waiting for answers in between. */
  sendPipelined(requests: readonly WireRequest[]): Promise<readonly WireAnswer[]>;
  /** Sends bytes that need not be a request; `method` says whether the answer has a body. */
  sendBytes(bytes: Uint8Array, method?: string): Promise<WireAnswer>;
  close(): void;
}

const HOST = "latchkey.example";
const TIMEOUT_MS = 15_000;

export function connectWire(port: number): Wire {
  let kept: Connection | undefined;
  const exchange = (bytes: Uint8Array, methods: readonly string[]) => {
    if (kept === undefined || kept.socket.destroyed) kept = openConnection(port);
    return kept.exchange(bytes, methods);
  };
  const one = async (bytes: Uint8Array, method: string) => {
    const [answer] = await exchange(bytes, [method]);
    if (answer === undefined) throw new Error("One answer was awaited");
    return answer;
  };
  return {
    send: (request) => one(bytesOf(request), request.method),
    sendPipelined: (requests) =>
      exchange(
        Buffer.concat(requests.map(bytesOf)),
        requests.map(({ method }) => method),
      ),
    sendBytes: (bytes, method = "GET") => one(bytes, method),
    close: () => kept?.socket.destroy(),
  };
}

/** A request as it is written on the wire. */
export function bytesOf({ method, target, headers = [], json, body }: WireRequest): Buffer {
  const content = json === undefined ? body : JSON.stringify(json);
  const isChunked = headers.some(([name]) => name.toLowerCase() === "transfer-encoding");
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${HOST}`,
    ...(json === undefined ? [] : ["Content-Type: application/json"]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(content === undefined || isChunked ? [] : [`Content-Length: ${Buffer.byteLength(content)}`]),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return Buffer.concat([head, Buffer.from(content ?? "")]);
}

interface Connection {
  readonly socket: Socket;
  /** Resolves to one answer for each method; rejects if fewer or more arrive. */
  exchange(bytes: Uint8Array, methods: readonly string[]): Promise<readonly WireAnswer[]>;
}

function openConnection(port: number): Connection {
  let received = Buffer.alloc(0);
  let look: (() => void) | undefined;
  const socket = connect(port, "127.0.0.1")
    .on("error", () => {})
    .on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      look?.();
    })
    .on("close", () => look?.());

  const exchange: Connection["exchange"] = (bytes, methods) =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        look = undefined;
        act();
      };
      const fail = (why: string) => {
        const error = new Error(`${why}: ${JSON.stringify(received.toString("latin1"))}`);
        settle(() => reject(error));
        socket.destroy();
      };
      const timer = setTimeout(() => fail("No whole answer came in time"), TIMEOUT_MS);
      if (received.length > 0) return fail("Something followed the last answer");
      look = () => {
        const { answers, rest } = readAnswers(received, methods);
        const last = answers.at(-1);
        const isWhole = answers.length === methods.length && last !== undefined;
        if (isWhole && rest.length > 0) return fail("Something follows the answer");
        // A connection that the server closes is read to its end, so that no stray bytes are missed.
        if (isWhole && (socket.destroyed || !/\r\nconnection: close(\r\n|$)/i.test(last.head))) {
          received = Buffer.alloc(0);
          settle(() => resolve(answers));
        } else if (socket.destroyed) fail("The connection was closed without a whole answer");
      };
      socket.write(bytes);
    });
  return { socket, exchange };
}

/** The whole answers to requests of these methods, and the bytes behind them. */
function readAnswers(bytes: Buffer, methods: readonly string[]) {
  const answers: WireAnswer[] = [];
  let rest = bytes;
  for (const method of methods) {
    const answer = readAnswer(rest, method);
    if (answer === undefined) break;
    answers.push(answer);
    rest = rest.subarray(answer.end);
  }
  return { answers, rest };
}

/** The first complete answer in the bytes, and where it ends; `undefined` if more must arrive. */
function readAnswer(bytes: Buffer, method: string): (WireAnswer & { readonly end: number }) | undefined {
  let from = 0;
  for (;;) {
    const headEnd = bytes.indexOf("\r\n\r\n", from);
    if (headEnd === -1) return undefined;
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(bytes.toString("latin1", from, headEnd))?.[1]);
    const start = headEnd + 4;
    if (status >= 100 && status < 200) {
      from = start;
      continue;
    }
    const head = bytes.toString("latin1", 0, headEnd);
    const own = bytes.toString("latin1", from, headEnd);
    const body = bodyOf(bytes.subarray(start), own, method === "HEAD" || status === 204);
    return body && { status, head, body: body.content, end: start + body.length };
  }
}

interface Body {
  readonly content: Buffer;
  /** Includes the framing. */
  readonly length: number;
}

function bodyOf(bytes: Buffer, head: string, isBodiless: boolean): Body | undefined {
  if (isBodiless) return { content: Buffer.alloc(0), length: 0 };
  if (/\r\ntransfer-encoding: chunked(\r\n|$)/i.test(head)) return dechunk(bytes);
  const length = Number(/\r\ncontent-length: (\d+)(\r\n|$)/i.exec(head)?.[1]);
  if (Number.isNaN(length)) throw new Error(`The answer does not say how long it is: ${head}`);
  return bytes.length < length ? undefined : { content: bytes.subarray(0, length), length };
}

/** Joins a chunked body (RFC 9112 7.1). */
function dechunk(bytes: Buffer): Body | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { content: Buffer.concat(parts), length: next };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
