import { userIn } from "./answers.js";
import type { AuthUser, FactorInput, Rpc, SignedIn, SignedInAccount } from "./api.generated.js";
import { authenticator } from "./authenticator.js";
import { createFactorVerbs } from "./factor-verbs.js";
import type { Requests } from "./requests.js";
import { attempt, type FactorOptions, type Sent, type SignInResult } from "./result.js";

/** What the server answers when a session begins: the older procedures, and those of sign-ins in steps. */
export type Entry = SignedIn | SignedInAccount;

interface Deps {
  readonly requests: Requests;
  /** The procedures, called for a user who is about to sign in. */
  readonly open: Rpc;
  /** Begins the session that an answer brings. */
  readonly enter: (answer: () => Promise<Entry>) => Promise<AuthUser>;
}

/** Waits for a session to begin. If that takes a further step, its error has it as `next`. */
export type SignIn = <Code extends string>(entering: Promise<AuthUser>) => SignInResult<Code>;

export function createSignIn({ requests, open, enter }: Deps): SignIn {
  const signIn: SignIn = (entering) => attempt(entering, complete);

  const enrolment = (ticket: string) => {
    const rpc = requests.as(undefined, { ticket });
    const finish = () => signIn(enter(() => open.signIn.finish.mutate({ ticket })));
    return { rpc, factors: createFactorVerbs(rpc), finish };
  };

  const secondFactor = (ticket: string) => {
    const give = (factor: FactorInput, options?: FactorOptions) =>
      enter(() => open.signIn.factor.mutate({ ticket, factor, ...options }));
    const typed = (kind: "totp" | "recoveryCode" | "emailCode") => (code: string, options?: FactorOptions) =>
      signIn(give({ kind, code }, options));
    const asked = async (options?: FactorOptions) => {
      const credential = await authenticator.ask(() => open.passkeys.factorOptions.mutate({ ticket }));
      return give({ kind: "passkey", credential }, options);
    };
    return {
      totp: typed("totp"),
      recoveryCode: typed("recoveryCode"),
      passkey: (options?: FactorOptions) => signIn(asked(options)),
      emailCode: (code?: string, options?: FactorOptions) =>
        code === undefined
          ? attempt(open.emailCode.send.mutate({ ticket }))
          : typed("emailCode")(code, options),
    };
  };

  const complete = (sent: Sent) => {
    const { ticket, factors } = sent ?? {};
    return ticket ? { ...sent, ...(factors ? secondFactor(ticket) : enrolment(ticket)) } : sent;
  };

  return signIn;
}

/** Whose session an answer begins. */
export function userOf({ user, account }: Partial<SignedIn & SignedInAccount>): AuthUser {
  if (!account) return userIn(user);
  return userIn({
    id: account.id,
    username: account.username,
    email: account.email,
    created_at: whole(account.createdAt),
    updated_at: whole(account.updatedAt),
  });
}

/** A time in whole seconds, as users have it. */
const whole = (time: string) => time.replace(/\.\d+/, "");
