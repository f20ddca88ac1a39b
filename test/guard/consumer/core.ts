// What users of the package write, and what must not compile. Type-checked outside, without Express and tRPC.
import { type Caller, createGuard, type Guard, type Refusal, type Role } from "@latchkey/guard";
import { expressGuard, type Middleware } from "@latchkey/guard/express";
import { protect, refuse } from "@latchkey/guard/fetch";

export const guards: readonly Guard[] = [
  createGuard({ url: "https://login.example.com", requires: "mfa" }),
  createGuard({ url: "https://login.example.com" }),
  createGuard({ url: new URL("https://login.example.com"), online: true, cookies: { origins: [] } }),
  createGuard({ secret: "a secret of at least thirty-two bytes" }),
  createGuard({
    url: "https://login.example.com",
    secret: "a secret of at least thirty-two bytes",
    online: true,
  }),
];

export async function misuse(guard: Guard): Promise<void> {
  // @ts-expect-error: nothing to verify with.
  createGuard({});
  // @ts-expect-error: no server to ask.
  createGuard({ secret: "a secret of at least thirty-two bytes", online: true });
  // @ts-expect-error: no such role.
  protect(guard, () => new Response(), { role: "owner" });
  // @ts-expect-error: no such demand.
  protect(guard, () => new Response(), { requires: "totp" });
  await guard.check({ headers: {} }, { role: "admin", requires: "mfa" });
  // @ts-expect-error: a request has headers.
  await guard.check({});
}

/** There is either a caller or a reason. */
export async function greet(guard: Guard, request: Request): Promise<Response> {
  const { caller, refusal } = await guard.check(request);
  if (refusal !== undefined) return refuse(refusal);
  caller satisfies Caller;
  caller.role satisfies Role;
  caller.amr satisfies readonly string[];
  caller.authenticatedAtMs satisfies number | undefined;
  return new Response(`${caller.id} ${caller.username} ${caller.sessionId} ${caller.expiresAtMs}`);
}

/** Every code has its case: without one of them this would not compile. */
export function explain({ code }: Refusal): string {
  switch (code) {
    case "TOKEN_MISSING":
    case "TOKEN_EXPIRED":
    case "TOKEN_INVALID":
      return "Sign in.";
    case "FORBIDDEN":
      return "Ask an administrator.";
    case "FACTOR_REQUIRED":
      return "Sign in with a second factor.";
    case "UNAVAILABLE":
      return "Try again.";
  }
}

/** Arguments that a framework passes after the request reach the handler. */
export const handler: (request: Request, context: { readonly id: number }) => Promise<Response> = protect(
  createGuard({ url: "https://login.example.com" }),
  (_request, caller, { id }: { readonly id: number }) => new Response(`${caller.id} ${id}`),
  { role: "admin" },
);

export const middleware: Middleware = expressGuard(guards[0] as Guard).requireRole("admin");
export const strict: readonly Middleware[] = [
  expressGuard(guards[0] as Guard).requireMfa(),
  expressGuard(guards[0] as Guard).requireMfa("admin"),
];
