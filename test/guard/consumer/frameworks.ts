// What users of Express and tRPC write.
import { createGuard } from "@latchkey/guard";
import { expressGuard } from "@latchkey/guard/express";
import { authenticator } from "@latchkey/guard/trpc";
import { initTRPC } from "@trpc/server";
import { type CreateHTTPContextOptions, createHTTPHandler } from "@trpc/server/adapters/standalone";
import express from "express";

const guard = createGuard({ url: "http://127.0.0.1:1" });
const { requireCaller, requireRole, callerOf } = expressGuard(guard);

export const app = express();
app.use("/api", requireCaller);
app.get("/api/me", (request, response) => {
  response.json(callerOf(request));
});
app.delete("/api/notes", requireRole("admin"), (request, response) => {
  response.json(callerOf(request).id);
});

const createContext = ({ req }: CreateHTTPContextOptions) => ({ authenticate: authenticator(guard, req) });
const t = initTRPC.context<typeof createContext>().create();
const signedIn = t.procedure.use(async ({ ctx, next }) =>
  next({ ctx: { caller: await ctx.authenticate() } }),
);
const administrator = t.procedure.use(async ({ ctx, next }) =>
  next({ ctx: { caller: await ctx.authenticate("admin") } }),
);
export const router = t.router({
  me: signedIn.query(({ ctx }) => ctx.caller.username satisfies string),
  // @ts-expect-error: no such role.
  strange: signedIn.query(({ ctx }) => ctx.authenticate("owner")),
  remove: administrator.mutation(({ ctx }) => ctx.caller.role satisfies "user" | "admin"),
});
export const handler = createHTTPHandler({ router, createContext });
