import { type AccountVerbs, createAccountVerbs } from "./account-verbs.js";
import { tokenIn, userIn } from "./answers.js";
import type {
  AuthLoginInput,
  AuthRegisterInput,
  AuthUser,
  EmailCodeCompleteInput,
  EmailCodeRequested,
  EmailCodeRequestInput,
  EndedSessions,
  PasskeySignInInput,
  Rpc,
  SignedIn,
  SignedInAccount,
  UsersRegisterInput,
} from "./api.generated.js";
import type { Clock } from "./clock.js";
import { createFactorVerbs } from "./factor-verbs.js";
import type { Holder } from "./holder.js";
import type { ErrorCodeOf } from "./inference.js";
import type { Keeper } from "./keeper.js";
import { type Kept, keptNow } from "./kept.js";
import type { LeaveNote } from "./leave-note.js";
import type { Refresh } from "./refresh.js";
import type { Requests } from "./requests.js";
import { attempt, ClientError, type FactorVerbs, type Result, type SignInResult } from "./result.js";
import type { Secrets } from "./secrets.js";
import type { Seek } from "./seek.js";
import { createSignIn, type Entry, type SignIn, userOf } from "./sign-in.js";
import type { Turns } from "./turns.js";

/** A session as a program may read it. */
export interface Session {
  readonly user: AuthUser;
  /**
   * For requests to other servers that accept it; absent if a cookie holds it. It changes with every refresh.
   */
  readonly token: string | undefined;
  /** How long the token is still valid, counted here. */
  readonly expiresInMs: number;
}

/** What a user does with an account. Every verb returns expected failures as values. */
export interface Verbs extends AccountVerbs {
  /** Registers an account by username and email address, and signs it in. */
  signUp(input: AuthRegisterInput): SignInResult<ErrorCodeOf<"auth.register">>;
  /** Registers an account by email address, with names and a phone number, and signs it in. */
  signUp(input: UsersRegisterInput): SignInResult<ErrorCodeOf<"users.register"> | ErrorCodeOf<"auth.login">>;
  /**
   * Signs in with a username or an email address. `FACTOR_REQUIRED` if the account has a second factor: the
   * error's `next` takes it.
   */
  signIn(input: AuthLoginInput): SignInResult<ErrorCodeOf<"auth.login">>;
  /** Signs in with what a passkey has answered; `@latchkey/client/passkeys` asks it. */
  signInWithPasskey(input: PasskeySignInInput): SignInResult<ErrorCodeOf<"passkeys.signIn">>;
  /** Mails a code and a link to an address, to sign in with. Succeeds even if there is no such account. */
  requestSignInCode(
    input: EmailCodeRequestInput,
  ): Promise<Result<EmailCodeRequested, ErrorCodeOf<"emailCode.request">>>;
  /**
   * Signs in with that code, or with the secret of that link, where it was asked for: in this browser, or
   * with this storage. `NEW_PASSWORD_REQUIRED` if the address was never confirmed: repeat the call with
   * `newPassword`.
   */
  signInWithCode(
    input: Omit<EmailCodeCompleteInput, "ticket">,
  ): SignInResult<ErrorCodeOf<"emailCode.complete">>;
  /** The account's second factors. */
  readonly factors: FactorVerbs;
  /**
   * Signs out in all tabs of this browser, immediately, even when offline. `isTold` says whether the server
   * already knows; otherwise it is told as soon as it can be reached, for some minutes.
   */
  signOut(options?: { readonly scope?: "local" }): Promise<Result<{ readonly isTold: boolean }, never>>;
  /**
   * Ends all other sessions (`"others"`), or all sessions including this one (`"global"`). If the server
   * cannot be reached, nothing changes.
   */
  signOut(options: {
    readonly scope: "others" | "global";
  }): Promise<Result<EndedSessions, ErrorCodeOf<"sessions.endOthers" | "sessions.endAll">>>;
  /** Asks the server who is signed in. */
  getUser(): Promise<Result<AuthUser, ErrorCodeOf<"auth.verify">>>;
  /**
   * Looks again where the session is kept, and returns its user; `null` if there is no session. Call it after
   * a server action or another page of the site has signed a user in or out. A cookie is looked up by asking
   * the server, which also happens whenever the page becomes visible.
   */
  sync(): Promise<Result<AuthUser | null, ErrorCodeOf<"auth.verify">>>;
  /**
   * The session, with a token that is still valid: if it is not, it is refreshed first. `null` if there is no
   * session.
   */
  getSession(): Promise<Result<Session | null, ErrorCodeOf<"users.refreshToken">>>;
  /**
   * Exchanges the token now. This normally happens automatically in time; use it for what cannot wait, such
   * as a changed username.
   */
  refresh(): Promise<Result<Session, ErrorCodeOf<"users.refreshToken">>>;
}

interface Deps {
  readonly holder: Holder;
  readonly refresh: Refresh;
  readonly keeper: Keeper;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly requests: Requests;
  readonly secrets: Secrets;
  /** The procedures, called with the current session. */
  readonly rpc: Rpc;
  /** Tells the server that a session is over; resolves to whether it already knows. */
  readonly farewell: (kept: Kept) => Promise<boolean>;
  readonly note: LeaveNote | undefined;
  /** Looks for a session in a cookie; absent if a session is always in storage. */
  readonly seek: Seek | undefined;
  readonly started: Promise<void>;
}

export function createVerbs(deps: Deps): Verbs {
  const { holder, refresh, keeper, clock, turns, requests, secrets, rpc, farewell, note, seek, started } =
    deps;
  const open = requests.as("entering");

  const start = async (answer: () => Promise<Entry>): Promise<AuthUser> => {
    // Another program may answer with nothing.
    const answered: Partial<SignedInAccount & SignedIn> = (await answer()) ?? {};
    const user = userOf(answered);
    const token = keeper.keep(tokenIn(answered.token));
    void secrets("trusted", answered.trustedDevice);
    const before = holder.held();
    note?.forget();
    holder.keep(keptNow(token, user, { receivedAtMs: clock.wallMs() }));
    // No client keeps the token of the session that was here before, so that session has to end. Without the
    // token nothing can be done in its name, and it expires by itself.
    if (before !== undefined && !keeper.isShared) void farewell(before);
    return user;
  };

  const enter = async (answer: () => Promise<Entry>): Promise<AuthUser> => {
    await started;
    return turns.alone(() => start(answer));
  };
  const signIn: SignIn = createSignIn({ requests, open, enter });

  const present = (): Session => {
    const held = holder.held();
    if (held === undefined) throw new ClientError("TOKEN_MISSING", "No user is signed in.");
    return { user: held.user, token: held.token, expiresInMs: holder.remainingMs(held) };
  };

  const askUser = async (): Promise<AuthUser> => {
    await started;
    const of = holder.held();
    const user = userIn(await rpc.auth.verify.query());
    await holder.know(user, of);
    return user;
  };

  const look = async (): Promise<AuthUser | null> => {
    await started;
    await holder.look();
    if (seek && holder.held() === undefined) {
      const left = await note?.read();
      // Until the server knows of a sign-out, the cookie still holds that session.
      if (left && !(await farewell(left)))
        throw new ClientError("NETWORK", "The server could not be reached.");
      await seek();
    } else if (seek) {
      const before = holder.held();
      try {
        await askUser();
      } catch (error) {
        // If the session turned out to be over, or another one has taken its place, that is the answer.
        if (holder.held()?.id === before?.id) throw error;
      }
    }
    return holder.held()?.user ?? null;
  };

  const register = async (input: UsersRegisterInput): Promise<SignedIn> => {
    await open.users.register.mutate(input);
    return open.auth.login.mutate({ username: input.email, password: input.password });
  };

  const requestCode = async (input: EmailCodeRequestInput): Promise<EmailCodeRequested> => {
    const requested = await open.emailCode.request.mutate(input);
    void secrets("ticket", requested?.ticket);
    return requested;
  };

  const enterWithCode = async (input: Omit<EmailCodeCompleteInput, "ticket">): Promise<AuthUser> => {
    // The link may lead to another tab.
    const ticket = (await secrets("ticket")) ?? "";
    return enter(() => open.emailCode.complete.mutate({ ...input, ticket }));
  };

  return {
    // Safe: what is called for each kind of input fails with the codes that are declared for it.
    signUp: ((input: AuthRegisterInput | UsersRegisterInput) =>
      signIn(
        enter(() => ("username" in input ? open.auth.register.mutate(input) : register(input))),
      )) as Verbs["signUp"],

    signIn: (input) => signIn(enter(() => open.auth.login.mutate(input))),

    signInWithPasskey: (input) => signIn(enter(() => open.passkeys.signIn.mutate(input))),

    requestSignInCode: (input) => attempt(requestCode(input)),

    signInWithCode: (input) => signIn(enterWithCode(input)),

    factors: createFactorVerbs(rpc),

    // Safe: what is called for each scope returns and fails with what is declared for it.
    signOut: (async ({ scope = "local" }: { readonly scope?: "local" | "others" | "global" } = {}) => {
      await started;
      if (scope === "others") return attempt(rpc.sessions.endOthers.mutate());
      if (scope === "global") {
        const ended = await attempt(rpc.sessions.endAll.mutate());
        if (ended.error === null) holder.drop("signed-out");
        return ended;
      }
      const held = holder.held();
      holder.drop("signed-out");
      return { data: { isTold: held === undefined || (await farewell(held)) }, error: null };
    }) as Verbs["signOut"],

    getUser: () => attempt(askUser()),

    sync: () => attempt(look()),

    async getSession() {
      await started;
      const caughtUp = await attempt<void, ErrorCodeOf<"users.refreshToken">>(refresh.catchUp());
      const held = holder.held();
      if (held === undefined) return { data: null, error: null };
      // If an early exchange has failed, the token is still valid.
      const isGood = caughtUp.error === null || holder.remainingMs(held) > 0;
      return isGood ? { data: present(), error: null } : caughtUp;
    },

    refresh: () =>
      attempt(
        (async () => {
          await started;
          present();
          await refresh.exchange();
          return present();
        })(),
      ),

    ...createAccountVerbs({ holder, rpc, askUser }),
  };
}
