// tRPC's own pieces, in the version that this client uses, for composing a tRPC client of your own.
export { createTRPCClient, httpBatchLink, httpLink, loggerLink, retryLink, splitLink } from "@trpc/client";
export type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
