// What users write where an account has a second factor, and what must not compile. Only type-checked.
import {
  type AuthUser,
  type ClientErrorOf,
  createClient,
  type EnrolmentSteps,
  type FactorSteps,
  isLatchkeyError,
  safe,
} from "@latchkey/client";
import { createPasskeys, type PasskeyFailure } from "@latchkey/client/passkeys";

const client = createClient({ url: "http://localhost:8000", storage: "memory" });
const passkeys = createPasskeys(client);
const credentials = { username: "ada", password: "correct horse battery" };

/** Code from before there were second factors: it compiles, and nobody is signed in. */
export async function asBefore(): Promise<string> {
  const { data: user, error } = await client.signIn(credentials);
  if (error) return `Not signed in: ${error.message}`;
  user satisfies AuthUser;
  return user.username;
}

/** Once the code is known, so is what comes next. */
export async function signIn(code: string): Promise<AuthUser | string> {
  const { data: user, error } = await client.signIn(credentials);
  if (error === null) return user;
  // @ts-expect-error: the code was not checked first.
  error.next;
  if (error.code !== "FACTOR_REQUIRED") return error.message;
  error.next satisfies FactorSteps;
  error.next.factors satisfies readonly ("totp" | "recoveryCode" | "passkey" | "emailCode")[];
  error.next.expiresInSeconds satisfies number;
  // @ts-expect-error: no such factor.
  error.next.sms(code);
  // @ts-expect-error: a code is text.
  await error.next.totp(123456);
  // @ts-expect-error: no such option.
  await error.next.totp(code, { trust: true });
  const second = await error.next.totp(code, { trustDevice: true });
  return second.error === null ? second.data : explain(second.error.code);
}

type CodeOf<
  Call extends (...given: never[]) => Promise<{ readonly error: { readonly code: string } | null }>,
> = NonNullable<Awaited<ReturnType<Call>>["error"]>["code"];

/** Every code that the step may fail with has its case: without one of them this would not compile. */
function explain(code: CodeOf<FactorSteps["totp"]>): string {
  switch (code) {
    case "FACTOR_WRONG":
      return "Try the next code.";
    case "SIGN_IN_OVER":
    case "FACTOR_REQUIRED":
    case "ENROLMENT_REQUIRED":
      return "Start again.";
    case "RATE_LIMITED":
    case "UNAVAILABLE":
      return "Later.";
    case "INVALID_CREDENTIALS":
    case "USER_DISABLED":
    case "PASSWORD_CHANGE_REQUIRED":
    case "EMAIL_NOT_VERIFIED":
    case "COOKIE_REFUSED":
    case "COOKIE_SESSIONS_OFF":
    case "INVALID_INPUT":
    case "BAD_REQUEST":
    case "INTERNAL":
    case "NETWORK":
      return "No.";
  }
}

/** A passkey has more ways to fail, and only a passkey has them. */
export async function byPasskey(next: FactorSteps): Promise<string> {
  const { error } = await next.passkey();
  switch (error?.code) {
    case "PASSKEY_CANCELLED":
    case "PASSKEY_BUSY":
    case "PASSKEYS_UNAVAILABLE":
      return error.code satisfies PasskeyFailure;
  }
  const typed = await next.recoveryCode("k7m2-9xqd-4hfw-t3vp");
  // @ts-expect-error: no browser is asked for a code.
  if (typed.error?.code === "PASSKEY_CANCELLED") return "";
  return "";
}

/** A user who must have a second factor adds the first one before there is a session. */
export async function enrol(next: EnrolmentSteps, code: string): Promise<AuthUser | undefined> {
  const { data: begun } = await next.factors.totp.begin({ name: "My phone" });
  if (begun === null) return undefined;
  begun.qrCode satisfies string;
  const confirmed = await next.factors.totp.confirm({ id: begun.id, code });
  if (confirmed.error?.code === "FACTOR_WRONG") return undefined;
  confirmed.data?.recoveryCodes satisfies readonly string[] | null | undefined;
  await passkeys.add({ name: "This browser" }, { enrolment: next });
  return (await next.finish()).data ?? undefined;
}

export async function manage(): Promise<void> {
  const { data } = await client.factors.list();
  data?.factors[0]?.kind satisfies "totp" | "passkey" | undefined;
  await client.factors.rename({ id: "x", name: "My phone" });
  // @ts-expect-error: a name is needed.
  await client.factors.rename({ id: "x" });
  const removed = await client.factors.remove({ id: "x" });
  if (removed.error?.code === "FACTOR_UNKNOWN") return;
  // @ts-expect-error: removing never fails with this code.
  if (removed.error?.code === "EMAIL_TAKEN") return;
  (await client.factors.recoveryCodes.renew()).data?.recoveryCodes satisfies readonly string[] | undefined;
}

export async function withPasskeys(signal: AbortSignal): Promise<AuthUser | undefined> {
  const filled = await passkeys.autofill({ signal });
  if (filled.error?.code === "PASSKEY_UNKNOWN") return undefined;
  // A passkey alone may not be enough either.
  if (filled.error?.code === "FACTOR_REQUIRED")
    return (await filled.error.next.totp("123456")).data ?? undefined;
  const { data, error } = await passkeys.signIn();
  // @ts-expect-error: no password was given.
  if (error?.code === "WRONG_PASSWORD") return undefined;
  const added = await passkeys.add({ name: "My laptop" }, { isQuiet: true });
  if (added.error?.code === "PASSKEY_TAKEN") return undefined;
  await passkeys.remove({ id: "x" });
  passkeys.isSupported satisfies boolean;
  return data ?? undefined;
}

/** A call of a procedure has the data alone. */
export async function bare(): Promise<string | undefined> {
  const [, error] = await safe(client.rpc.auth.login.mutate(credentials));
  if (!isLatchkeyError(error) || error.data.appCode !== "FACTOR_REQUIRED") return undefined;
  // @ts-expect-error: these are of the verbs.
  error.data.next.totp;
  return error.data.next.ticket;
}
export const nextOf = (error: ClientErrorOf<"FACTOR_REQUIRED">): FactorSteps => error.next;
export const enrolmentOf = (error: ClientErrorOf<"ENROLMENT_REQUIRED">): EnrolmentSteps => error.next;
