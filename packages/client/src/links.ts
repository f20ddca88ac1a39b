// tRPC's own pieces, in the version that the client is made of, for those who compose a tRPC client of their own.
export { createTRPCClient, httpBatchLink, httpLink, loggerLink, retryLink, splitLink } from "@trpc/client";
export type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
