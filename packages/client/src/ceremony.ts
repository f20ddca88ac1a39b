import { quietly } from "./failure.js";
import { ClientError } from "./result.js";
import { cancelled } from "./webauthn.js";

/*
 * The page's only passkey ceremony. A browser runs one at a time, and one that begins out of turn ends both:
 * that of a button, of autofill, of an effect that React's Strict Mode runs twice.
 */

/** Settles when the browser is free. */
let turn: Promise<unknown> = Promise.resolve();
/** Whether there is one that the user has asked for. */
let isAsked = false;
/** Ends the suggestions in progress. */
let suggesting = new AbortController();

function take<Value>(work: () => Promise<Value>): Promise<Value> {
  const working = turn.then(() => work());
  turn = quietly(working);
  return working;
}

/** A ceremony that the user has asked for. Suggestions make way for it, and continue afterwards. */
export async function ask<Value>(work: () => Promise<Value>): Promise<Value> {
  if (isAsked) throw new ClientError("PASSKEY_BUSY", "Another passkey dialog is open.");
  isAsked = true;
  suggesting.abort();
  try {
    return await take(work);
  } finally {
    isAsked = false;
  }
}

/**
 * A ceremony that waits until the user chooses a passkey among a field's suggestions. It begins again
 * whenever its controller was aborted, as it is to make way, until the caller's signal ends it.
 */
export async function suggest<Value>(
  work: (controller: AbortController) => Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  for (;;) {
    const own = new AbortController();
    const abort = () => own.abort();
    signal?.addEventListener("abort", abort);
    try {
      return await take(() => {
        suggesting = own;
        // While this was waiting, a button may have been pressed or the caller may have left.
        if (isAsked || signal?.aborted) abort();
        own.signal.throwIfAborted();
        return work(own);
      });
    } catch (error) {
      if (signal?.aborted) throw cancelled(error);
      if (!own.signal.aborted) throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}
