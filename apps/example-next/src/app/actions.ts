"use server";

import { fieldErrors, isLatchkeyError, safe } from "@latchkey/client";
import { redirect } from "next/navigation";
import { currentLanguage } from "../server/language";
import { latchkeyForAction } from "../server/latchkey";
import { textsIn } from "../texts";

/** What a form shows after it was sent: what is wrong, and what was typed, but never the password. */
export interface FormState {
  readonly fault?: string | undefined;
  readonly faults?: Readonly<Record<string, string>>;
  readonly typed?: Readonly<Record<string, string>>;
}

export async function signIn(_: FormState, form: FormData): Promise<FormState> {
  const username = text(form, "username");
  const { rpc } = await latchkeyForAction();
  const [, error] = await safe(rpc.auth.login.mutate({ username, password: text(form, "password") }));
  if (error !== undefined) return { ...(await describe(error)), typed: { username } };
  redirect("/account");
}

export async function signUp(_: FormState, form: FormData): Promise<FormState> {
  const [username, email] = [text(form, "username"), text(form, "email")];
  const { rpc } = await latchkeyForAction();
  const account = { username, email, password: text(form, "password") };
  const [, error] = await safe(rpc.auth.register.mutate(account));
  if (error !== undefined) return { ...(await describe(error)), typed: { username, email } };
  redirect("/account");
}

export async function signOut(): Promise<FormState> {
  const { rpc } = await latchkeyForAction();
  const [, error] = await safe(rpc.users.logout.mutate());
  // If Latchkey refuses the session, it was over already.
  const isOver = error === undefined || (isLatchkeyError(error) && error.data.httpStatus === 401);
  if (!isOver) return { fault: textsIn(await currentLanguage()).stillSignedIn };
  redirect("/");
}

async function describe(error: unknown): Promise<FormState> {
  const faults = fieldErrors(error);
  if (Object.keys(faults).length > 0) return { faults };
  // Latchkey answers in the language that the browser asks for.
  if (isLatchkeyError(error)) return { fault: error.message };
  return { fault: textsIn(await currentLanguage()).unreachable };
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}
