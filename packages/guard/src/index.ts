export type { Fetch } from "./ask.js";
export type { Caller, Demand, Role } from "./caller.js";
export {
  type Checked,
  createGuard,
  type FeedOptions,
  type Guard,
  type GuardExtras,
  type GuardOptions,
  type SecretOptions,
  type ServerOptions,
} from "./guard.js";
export type { Refusal } from "./refusal.js";
export type { NodeHeaders, RequestLike, WebHeaders } from "./request.js";
