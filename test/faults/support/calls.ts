import type { Client, Outcome } from "./http.js";

/** The calls of both surfaces, as clients make them. */
export const PASSWORD = "correct horse battery";

let made = 0;

/** An address that nothing else uses. */
export function freshEmail(): string {
  made++;
  return `user${made}.${process.pid}@example.com`;
}

export const register = (client: Client, email: string, password = PASSWORD) =>
  client.send("POST", "/api/users/register", {
    json: { email, password, first_name: "San", last_name: "Zhang", phone_number: "13800138000" },
  });

export const login = (client: Client, email: string, password = PASSWORD) =>
  client.send("POST", "/api/users/login", { json: { email, password } });

export const verify = (client: Client, token: string) => client.send("GET", "/api/auth/verify", { token });

export const me = (client: Client, token: string) => client.send("GET", "/api/users/me", { token });

export const logout = (client: Client, token: string) => client.send("POST", "/api/users/logout", { token });

/** No successor a second time for clients without keys: an exchanged token must be dead at refresh, too. */
export const STRICT = { REFRESH_GRACE_SECONDS: "0" };

export const refresh = (client: Client, token: string, key?: string) =>
  client.send("POST", "/api/users/refresh_token", {
    token,
    ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
  });

export const reset = (
  client: Client,
  email: string,
  change: { readonly old: string; readonly new: string },
) =>
  client.send("POST", "/api/users/reset_password", {
    json: { email, old_password: change.old, new_password: change.new },
  });

/** The token from a login or a refresh. */
export const tokenOf = ({ json }: Outcome): string => json?.access_token ?? "";

/** Registers and signs in; throws if that fails. */
export async function signUp(client: Client): Promise<{ readonly email: string; readonly token: string }> {
  const email = freshEmail();
  const registered = await register(client, email);
  if (registered.status !== 200) throw new Error(`register: ${describe(registered)}`);
  return { email, token: await signIn(client, email) };
}

/** Signs in; throws if that fails. */
export async function signIn(client: Client, email: string, password = PASSWORD): Promise<string> {
  const answer = await login(client, email, password);
  if (answer.status !== 200) throw new Error(`login: ${describe(answer)}`);
  return tokenOf(answer);
}

export const describe = ({ status, json, error, ms }: Outcome) =>
  `${status} ${error ?? JSON.stringify(json)} after ${ms.toFixed(0)} ms`;

/** Does the same for many, a few at a time. */
export async function forEach<T>(
  values: readonly T[],
  act: (value: T, index: number) => Promise<void>,
  atOnce = 8,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < values.length) {
      const index = next++;
      await act(values[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
