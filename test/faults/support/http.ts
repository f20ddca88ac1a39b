import { Agent, request } from "node:http";

/** The outcome of one request. */
export interface Outcome {
  /** 0 if there was no answer: refused, cut off, or later than the deadline. */
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: compared with what was promised.
  readonly json: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ms: number;
  /** Why there was no answer. */
  readonly error?: string;
}

export interface Sent {
  readonly json?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Client {
  readonly port: number;
  send(method: "GET" | "PATCH" | "POST", path: string, sent?: Sent): Promise<Outcome>;
  close(): void;
}

export interface ClientOptions {
  /** How long an answer may take. */
  readonly deadlineMs?: number;
  /** Whether connections are reused. */
  readonly keepAlive?: boolean;
}

/** Sends requests to this machine; never rejects. */
export function openClient(
  port: number,
  { deadlineMs = 10_000, keepAlive = true }: ClientOptions = {},
): Client {
  const agent = new Agent({ keepAlive, maxSockets: 1000 });
  return {
    port,
    close: () => agent.destroy(),
    send: (method, path, { json, token, headers = {} } = {}) =>
      new Promise((resolve) => {
        const startMs = performance.now();
        const body = json === undefined ? undefined : JSON.stringify(json);
        const done = (outcome: Omit<Outcome, "ms">) => {
          clearTimeout(timer);
          resolve({ ...outcome, ms: performance.now() - startMs });
        };
        const fail = (error: string) => done({ status: 0, json: undefined, headers: {}, error });
        const sending = request({
          host: "127.0.0.1",
          port,
          method,
          path,
          agent,
          headers: {
            ...(body !== undefined && {
              "Content-Type": "application/json",
              "Content-Length": String(Buffer.byteLength(body)),
            }),
            ...(method === "POST" && body === undefined && { "Content-Length": "0" }),
            ...(token !== undefined && { Authorization: `Bearer ${token}` }),
            ...headers,
          },
        });
        const timer = setTimeout(() => {
          fail(`no answer within ${deadlineMs} ms`);
          sending.destroy();
        }, deadlineMs);
        sending.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
        sending.on("response", (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
          response.on("aborted", () => fail("cut off"));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            done({ status: response.statusCode ?? 0, json: parse(text), headers: response.headers });
          });
        });
        sending.end(body);
      }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A 503 that says when to retry is a correct answer; any other 5xx is a fault. */
export const isHonest = ({ status, headers }: Outcome) =>
  status < 500 || (status === 503 && headers["retry-after"] !== undefined);
