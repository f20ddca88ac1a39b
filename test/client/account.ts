import type { Client } from "@latchkey/client";
import { freshEmail, PASSWORD } from "../support/rest.js";

let made = 0;

/** Signs up with an account that no other test uses. */
export async function signUpWith(client: Client) {
  made++;
  const account = { username: `ada${made}.${process.pid}`, email: freshEmail(), password: PASSWORD };
  const { data, error } = await client.signUp(account);
  if (error !== null) throw error;
  return { ...account, user: data };
}
