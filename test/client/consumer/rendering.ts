// What users write on a server that renders pages.
import { type AuthUser, createServerClient, type ServerCookies } from "@latchkey/client/server";

/** The same on all instances. */
const secret = "of all instances, and random, and long";

/** As Next's `cookies()` and similar functions return them. */
interface Store {
  getAll(): { readonly name: string; readonly value: string }[];
  set(
    name: string,
    value: string,
    options: {
      path?: string;
      httpOnly?: boolean;
      secure?: boolean;
      sameSite?: "lax" | "strict";
      maxAge?: number;
      expires?: Date;
    },
  ): unknown;
}

/** In a page, which cannot set cookies. */
export async function render(store: Store): Promise<string> {
  const { getUser } = createServerClient({ url: "http://localhost:8000", cookies: store, secret });
  const { data, error } = await getUser();
  if (error === null) return (data satisfies AuthUser).username;
  return error.code === "TOKEN_EXPIRED" ? "one moment" : "nobody";
}

/** In a handler, which can. */
export async function signIn(store: Store, username: string, password: string): Promise<string> {
  const cookies: ServerCookies = {
    getAll: () => store.getAll(),
    setAll: (all) => all.forEach(({ name, value, options }) => void store.set(name, value, options)),
  };
  const { rpc } = createServerClient({ url: "http://localhost:8000", cookies, secret });
  const { user, token } = await rpc.auth.login.mutate({ username, password });
  token satisfies string;
  return user.id;
}

export function misuse(store: Store): void {
  // @ts-expect-error: no cookies.
  createServerClient({ url: "http://localhost:8000", secret });
  // @ts-expect-error: no secret.
  createServerClient({ url: "http://localhost:8000", cookies: store });
}
