// What users write where an error carries data, and what must not compile for them. Type-checked outside
// only, against the types of the trial's contracts.
import {
  type ClientError,
  type ClientErrorOf,
  createClient,
  type ErrorCode,
  type ErrorCodeOf,
  isLatchkeyError,
  type LatchkeyError,
  type Result,
  type StepRequired,
  safe,
} from "@latchkey/client";
import { createQueries } from "@latchkey/client/query";

const client = createClient({ url: "http://localhost:8000", storage: "memory" });
const credentials = { username: "ada", password: "correct horse battery" };

/** Once the code is known, so is the data. */
export async function signIn(): Promise<readonly ("totp" | "recoveryCode")[]> {
  const { data: user, error } = await client.signIn(credentials);
  if (error?.code === "STEP_REQUIRED") {
    error.next satisfies StepRequired;
    error.next.expiresInSeconds satisfies number;
    // @ts-expect-error: it carries no such thing.
    error.next.hash;
    return error.next.factors;
  }
  // @ts-expect-error: not all of the others carry data.
  error?.next;
  if (error !== null) throw error satisfies ClientError;
  user.username satisfies string;
  return [];
}

/** Every code has its case: without one of them this would not compile. */
export async function explain(): Promise<string> {
  const { error } = await client.signIn(credentials);
  if (error === null) return "Welcome.";
  switch (error.code) {
    case "STEP_REQUIRED":
      return error.next.ticket;
    case "FACTOR_REQUIRED":
    case "ENROLMENT_REQUIRED":
      return error.next.ticket;
    case "USER_DISABLED":
      // @ts-expect-error: it carries no data.
      return error.next;
    case "RATE_LIMITED":
    case "UNAVAILABLE":
      return `Try again in ${error.retryAfterSeconds} s.`;
    case "INVALID_INPUT":
      return error.fields.map(({ message }) => message).join(" ");
    case "INVALID_CREDENTIALS":
    case "FACTOR_WRONG":
    case "PASSWORD_CHANGE_REQUIRED":
    case "EMAIL_NOT_VERIFIED":
    case "COOKIE_REFUSED":
    case "COOKIE_SESSIONS_OFF":
    case "BAD_REQUEST":
    case "INTERNAL":
    case "NETWORK":
      return error.message;
  }
}

/** The same for a call of a procedure. */
export async function call(): Promise<string> {
  const [, error] = await safe(client.rpc.trial.signIn.mutate({ password: "x" }));
  if (!isLatchkeyError(error)) return "The server cannot be reached.";
  // @ts-expect-error: the code was not checked first.
  error.data.next;
  // @ts-expect-error: the procedure never fails with it.
  if (error.data.appCode === "EMAIL_TAKEN") return "";
  switch (error.data.appCode) {
    case "STEP_REQUIRED":
      return error.data.next.ticket;
    case "STEP_UNKNOWN":
      return error.data.next.known.join();
    case "INVALID_INPUT":
      return (error.data.fields ?? []).map(({ message }) => message).join(" ");
    case "USER_DISABLED":
    case "UNAVAILABLE":
    case "BAD_REQUEST":
    case "INTERNAL":
      return error.message;
  }
}

export async function caught(): Promise<ErrorCode | undefined> {
  try {
    await client.rpc.trial.signIn.mutate({ password: "x" });
    return undefined;
  } catch (error) {
    if (isLatchkeyError<ErrorCodeOf<"trial.signIn">>(error)) {
      if (error.data.appCode === "STEP_UNKNOWN") error.data.next.known satisfies readonly string[];
    }
    if (isLatchkeyError(error)) {
      if (error.data.appCode === "STEP_REQUIRED") error.data.next.ticket satisfies string;
      return error.data.appCode;
    }
    throw error;
  }
}

/** With a single code there is nothing to check first. */
export const ticketOf = (error: ClientErrorOf<"STEP_REQUIRED">): string => error.next.ticket;
export const knownOf = (error: LatchkeyError<"STEP_UNKNOWN">): readonly string[] => error.data.next.known;
// @ts-expect-error: it carries no data.
export const nothingOf = (error: ClientErrorOf<"USER_DISABLED">): unknown => error.next;

/** Helpers that are generic over codes work for these as well. */
export function unwrap<Data, Code extends string>({ data, error }: Result<Data, Code>): Data {
  if (error === null) return data;
  throw new Error(`${error.code}: ${error.message}`, { cause: error });
}
export const refusedAs = <Data, Code extends string>({
  error,
}: Result<Data, Code>): Code | "NETWORK" | undefined => error?.code;
export const said = <Code extends string>(error: ClientErrorOf<Code>, words: Record<Code, string>): string =>
  words[error.code];
export const codeOf = <Code extends string>(error: ClientError<Code>): Code => error.code;
export const appCodeOf = <Code extends ErrorCode>(error: LatchkeyError<Code>): Code => error.data.appCode;
export async function generic(): Promise<ErrorCode | "COOKIE_SESSIONS_OFF" | "NETWORK" | undefined> {
  unwrap(await client.signIn(credentials)).username satisfies string;
  const { error } = await client.signIn(credentials);
  return error === null ? undefined : codeOf(error);
}

const { retry } = createQueries(client).trial.signIn.mutationOptions();
export type Failure = Parameters<typeof retry>[1];
export const nextOf = ({ data }: Failure): string | undefined =>
  data?.appCode === "STEP_REQUIRED" ? data.next.ticket : undefined;
