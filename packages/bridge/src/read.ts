import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";

/** Bodies of this many bytes or more are refused. */
export const BODY_LIMIT_BYTES = 64 * 1024;
/** How much of a refused body is still read, so that its sender can read the answer. */
const LINGER_BYTES = 4 * 1024 * 1024;
const LINGER_MS = 2000;

/** A body that is not accepted. If it is too large, the rest of it has not been read. */
export class BodyRefused extends Error {
  override readonly name = "BodyRefused";
  readonly refusal: "unreadable" | "too large";

  constructor(refusal: "unreadable" | "too large") {
    super(`The body is ${refusal}`);
    this.refusal = refusal;
  }
}

/** The sender disconnected before the body was complete, so there is no one to answer. */
export class SenderGone extends Error {
  override readonly name = "SenderGone";
}

/** A body as text, without a byte order mark. */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new BodyRefused("unreadable");
  const text = bytes.toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Reads a whole body. */
export function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void) => {
      request.off("data", take).off("end", finish).off("error", abandon).off("close", abandon);
      act();
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size >= BODY_LIMIT_BYTES) settle(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const finish = () =>
      settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const abandon = () => settle(() => reject(new SenderGone()));
    // If the sender announces too large a body, reading does not even begin.
    if (Number(request.headers["content-length"]) >= BODY_LIMIT_BYTES) return reject(tooLarge());
    request.on("data", take).on("end", finish).on("error", abandon).on("close", abandon);
  });
}

const tooLarge = () => new BodyRefused("too large");

/** Reads and drops the rest of a refused body, within bounds, then calls back. */
export function linger(request: IncomingMessage, done: () => void): void {
  let dropped = 0;
  const end = () => {
    clearTimeout(timer);
    request.off("data", drop).off("end", end).off("close", end);
    done();
  };
  const drop = (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > LINGER_BYTES) end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.on("data", drop).on("end", end).on("close", end).resume();
}
