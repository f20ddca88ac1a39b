import type { Account } from "../accounts/service.js";
import { eventKind, type Facts } from "../events/service.js";
import type { Postcard } from "./store.js";

/** The owner of an account wrote a postcard. */
export const postcardWritten = eventKind<Facts & { readonly account: Account; readonly postcard: Postcard }>(
  "postcard.written",
);
