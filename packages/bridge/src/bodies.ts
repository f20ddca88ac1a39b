import type { RestBinding } from "@latchkey/contracts/kit/rest";
import { isSteady } from "@latchkey/contracts/kit/steady";
import type { Answer, Wire } from "./wire/wire.js";

/** A body as Node sends it in one piece with the head. */
export interface Body {
  readonly text: string;
  /** `latin1`: each character is a byte. */
  readonly encoding: "latin1" | "utf8";
  /** In bytes. */
  readonly length: string;
}

/** A successful answer that is ready to be sent. */
export interface Success {
  readonly status: number;
  readonly body: Body | undefined;
}

export function bodyOf({ body }: Answer): Body | undefined {
  if (body === undefined) return undefined;
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  return { text, encoding: length === text.length ? "latin1" : "utf8", length: String(length) };
}

const kept = new WeakMap<object, { readonly binding: RestBinding; readonly success: Success }>();

/** The answer for an output; for one that never changes, the same as the last time. */
export function successOf(wire: Wire, binding: RestBinding, output: unknown): Success {
  if (!isSteady(output)) return rendered(wire.success(binding, output));
  const known = kept.get(output);
  if (known?.binding === binding) return known.success;
  const { status, body } = rendered(wire.success(binding, output));
  const success = { status, body: body && asBytes(body) };
  kept.set(output, { binding, success });
  return success;
}

function rendered(answer: Answer): Success {
  return { status: answer.status, body: bodyOf(answer) };
}

/** Encoded once, so that Node need not do it each time. */
function asBytes({ text, encoding, length }: Body): Body {
  return { text: Buffer.from(text, encoding).toString("latin1"), encoding: "latin1", length };
}
