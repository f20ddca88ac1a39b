// What users of the package write, and what must not compile. Only type-checked, inside and outside the
// monorepo.
import {
  type AppRouter,
  type AuthState,
  type AuthUser,
  type CommonCode,
  createClient,
  createRpc,
  type ErrorCode,
  type ErrorCodeOf,
  fieldErrors,
  type inferRouterInputs,
  isLatchkeyError,
  type LatchkeyError,
  type RouterInputs,
  type RouterOutputs,
  type SignOutReason,
  safe,
  type UsersLoginInput,
} from "@latchkey/client";
import { createTRPCClient, httpBatchLink, loggerLink } from "@latchkey/client/links";

const client = createClient({ url: "http://localhost:8000", storage: "memory" });
const credentials: UsersLoginInput = { email: "ada@example.com", password: "correct horse battery" };

/** Every code that the verb may fail with has its case: without one of them this would not compile. */
export async function whoAmI(): Promise<string> {
  const { data, error } = await client.getUser();
  if (error === null) return data.username;
  switch (error.code) {
    case "TOKEN_MISSING":
    case "TOKEN_EXPIRED":
    case "TOKEN_INVALID":
      return "Sign in.";
    case "BAD_REQUEST":
    case "INTERNAL":
      return error.message;
    case "UNAVAILABLE":
      return `Try again in ${error.retryAfterSeconds} s.`;
    case "NETWORK":
      return "The server cannot be reached.";
    case "INVALID_INPUT":
      return Object.values(fieldErrors(error)).join(" ");
  }
}

export async function verbs(): Promise<void> {
  const { data: user, error } = await client.signUp({
    username: "ada",
    email: "a@example.com",
    password: "x",
  });
  if (error) throw error;
  user.username satisfies string;
  const names = { first_name: "Ada", last_name: "Lovelace", phone_number: "" };
  const other = await client.signUp({ email: "a@example.com", password: "x", ...names });
  // @ts-expect-error: there is no username to choose there.
  if (other.error?.code === "USERNAME_TAKEN") return;
  const session = await client.getSession();
  if (session.error !== null) return;
  session.data?.token satisfies string | undefined;
  // @ts-expect-error: the code has not checked whether there is a session.
  session.data.token;
  // @ts-expect-error: the code has not checked whether it succeeded.
  (await client.getUser()).data.id;
  (await client.signOut()).data?.isTold satisfies boolean | undefined;
  // @ts-expect-error: no such code.
  if ((await client.getUser()).error?.code === "EMAIL_TAKEN") return;
}

export function states(state: AuthState): string {
  switch (state.status) {
    case "pending":
      return "…";
    case "signed-in":
      return state.user.email;
    case "signed-out":
      return state.reason ?? "never signed in";
  }
}

client.onAuthStateChange(async (event) => {
  if (event.type === "SIGNED_OUT") event.reason satisfies SignOutReason;
  if (event.type === "SIGNED_IN") event.user satisfies AuthUser;
  // @ts-expect-error: only some events have a user.
  event.user;
});

export const composed = createTRPCClient<AppRouter>({
  links: [loggerLink(), httpBatchLink(client.link)],
});
export const called = async (): Promise<string> => (await composed.users.me.query()).email;
export type Inputs = inferRouterInputs<AppRouter>["users"]["login"];
export const bare = createRpc({ url: "http://localhost:8000", token: async () => undefined });

/** Every code of the procedure has its case: without one of them this would not compile. */
export async function signIn(): Promise<string> {
  const [issued, error] = await safe(client.rpc.users.login.mutate(credentials));
  if (error === undefined) return issued.access_token;
  if (!isLatchkeyError(error)) return "The server cannot be reached.";
  const { appCode, fields = [], retryAfterSeconds = 1 } = error.data;
  switch (appCode) {
    case "INVALID_CREDENTIALS":
    case "USER_DISABLED":
    case "PASSWORD_CHANGE_REQUIRED":
    case "EMAIL_NOT_VERIFIED":
    case "COOKIE_REFUSED":
    case "FACTOR_REQUIRED":
    case "FACTOR_WRONG":
    case "ENROLMENT_REQUIRED":
    case "BAD_REQUEST":
    case "INTERNAL":
      return error.message;
    case "RATE_LIMITED":
    case "UNAVAILABLE":
      return `Try again in ${retryAfterSeconds} s.`;
    case "INVALID_INPUT":
      return fields.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n");
  }
}

export async function misuse(): Promise<void> {
  // @ts-expect-error: no password.
  await client.rpc.users.login.mutate({ email: "ada@example.com" });
  // @ts-expect-error: a password is a string.
  await client.rpc.users.login.mutate({ email: "ada@example.com", password: 1 });
  // @ts-expect-error: an unknown key.
  await client.rpc.users.login.mutate({ ...credentials, remember: true });
  // @ts-expect-error: it takes nothing.
  await client.rpc.users.me.query({});
  // @ts-expect-error: it is a query.
  await client.rpc.users.me.mutate();
  // @ts-expect-error: no such procedure.
  await client.rpc.users.signIn.mutate(credentials);
  // @ts-expect-error: no such key in the answer.
  (await client.rpc.users.login.mutate(credentials)).token;
  // @ts-expect-error: no address.
  createClient({});
}

export async function misjudge(): Promise<void> {
  const [, error] = await safe(client.rpc.users.login.mutate(credentials));
  // @ts-expect-error: a failure on the way has no code.
  error?.data.appCode;
  if (!isLatchkeyError(error)) return;
  // @ts-expect-error: signing in never fails with this code.
  if (error.data.appCode === "EMAIL_TAKEN") return;
  // @ts-expect-error: codes were left out.
  if (error.data.appCode !== "USER_DISABLED") error.data.appCode satisfies CommonCode;
}

export async function caught(): Promise<ErrorCode | undefined> {
  try {
    await client.rpc.users.login.mutate(credentials);
    return undefined;
  } catch (error) {
    if (isLatchkeyError<ErrorCodeOf<"users.login">>(error)) {
      return error.data.appCode satisfies
        | CommonCode
        | "COOKIE_REFUSED"
        | "EMAIL_NOT_VERIFIED"
        | "ENROLMENT_REQUIRED"
        | "FACTOR_REQUIRED"
        | "FACTOR_WRONG"
        | "INVALID_CREDENTIALS"
        | "PASSWORD_CHANGE_REQUIRED"
        | "RATE_LIMITED"
        | "USER_DISABLED";
    }
    if (isLatchkeyError(error)) return error.data.appCode;
    throw error;
  }
}

export const input: RouterInputs["users"]["login"] = credentials;
export const email = (profile: RouterOutputs["users"]["me"]): string => profile.email;
export const codeOf = (error: LatchkeyError<"EMAIL_TAKEN">): "EMAIL_TAKEN" => error.data.appCode;
// @ts-expect-error: no such path.
export type Nothing = ErrorCodeOf<"users.nothing">;
// @ts-expect-error: no such code.
export type NoCode = LatchkeyError<"NOTHING">;
